"""Snakemake's records of how each result was made, kept beside the results so that they travel with them.

Snakemake remembers the parameters of a job, and so the code hash among them, in `.snakemake/metadata`, one small file
named by the base64 of the output's path. Results that are copied without that folder would pass for fresh whatever
code or configuration made them. Here the records are mirrored into `<results>/.records`: the newer of two wins.
"""

import base64
import binascii
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

FOLDER = ".records"


def mirror_records(metadata: str | Path, results: str | Path) -> None:
    """Bring Snakemake's records and the copies beside the results to the same state.

    Args:
        metadata: `.snakemake/metadata` of the working directory.
        results: folder of results, as the rules name it. A folder that cannot be written is left as it is: the job that
            needs to write there says so.
    """
    metadata, results = Path(metadata), Path(results)
    copies = results / FOLDER
    try:
        for record in _records(metadata):
            if _output(record, metadata).startswith(f"{results}{os.sep}"):
                _copy_if_newer(record, copies / record.relative_to(metadata))
        for record in _records(copies):
            if Path(_output(record, copies)).exists():
                _copy_if_newer(record, metadata / record.relative_to(copies))
    except OSError:
        return


def record_of(results: str | Path, output: str | Path) -> Path | None:
    """Snakemake's record of one result, or `None`.

    Args:
        results: folder of results, wherever it lies now.
        output: path of the result as the rules named it: below the configuration's `results`.
    """
    copies = Path(results) / FOLDER
    return next((record for record in _records(copies) if Path(_output(record, copies)) == Path(output)), None)


def _records(folder: Path) -> Iterator[Path]:
    for path, _, names in os.walk(folder):
        yield from (Path(path, name) for name in names)


def _output(record: Path, folder: Path) -> str:
    """Path of the output that a record describes; long names are split into folders that begin with `@`."""
    encoded = "".join(part.removeprefix("@") for part in record.relative_to(folder).parts)
    try:
        return base64.urlsafe_b64decode(encoded).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _copy_if_newer(source: Path, target: Path) -> None:
    # Copied times may lose their fractions of a second on the way through an archive.
    if target.exists() and target.stat().st_mtime >= source.stat().st_mtime - 1:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{os.getpid()}.tmp")
    shutil.copy2(source, temporary)
    os.replace(temporary, target)
