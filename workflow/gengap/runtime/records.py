"""Snakemake's records of how each result was made, kept beside the results so that they travel with them.

Snakemake remembers the parameters of a job, and so the code hash among them, in `.snakemake/metadata`, one small file
named by the base64 of the output's path. Results that are copied without that folder would pass for fresh whatever
code or configuration made them. Here the records are mirrored into `<results>/.records`. Of two records that differ the
one whose end is the time of the result wins, else the newer one. A list of what was mirrored stands among Snakemake's
records and is lost with them: without it a missing record is a lost one and comes back, with it one that was removed
(`snakemake --cleanup-metadata`) and goes from the mirror too.
"""

import base64
import binascii
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from gengap.errors import UserError
from gengap.runtime.files import write_text

FOLDER = ".records"
# Copied times may lose their fractions of a second on the way through an archive.
_SLACK_SECONDS = 1.0


def mirror_records(metadata: str | Path, results: str | Path) -> None:
    """Bring Snakemake's records and the copies beside the results to the same state.

    Args:
        metadata: `.snakemake/metadata` of the working directory.
        results: folder of results, as the rules name it. A folder that cannot be written is left as it is: the job that
            needs to write there says so.
    """
    metadata, results = Path(metadata), Path(results)
    copies = results / FOLDER
    mirrored = metadata / f".mirrored.{hashlib.sha256(str(results).encode()).hexdigest()[:16]}"
    try:
        own = {
            record.relative_to(metadata)
            for record in _records(metadata)
            if _output(record, metadata).startswith(f"{results}{os.sep}")
        }
        known = mirrored.read_text(encoding="utf-8").splitlines() if mirrored.is_file() else []
        for removed in set(map(Path, known)) - own:
            (copies / removed).unlink(missing_ok=True)
        for name in own:
            _copy_if_better(metadata / name, copies / name, Path(_output(metadata / name, metadata)))
        for record in _records(copies):
            output = Path(_output(record, copies))
            if output.exists():
                own.add(record.relative_to(copies))
                _copy_if_better(record, metadata / record.relative_to(copies), output)
        if own != set(map(Path, known)):
            write_text(mirrored, "".join(f"{name}\n" for name in sorted(own)))
    except (OSError, UserError):
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
        # In base64 there is no dot.
        yield from (Path(path, name) for name in names if not name.startswith("."))


def _output(record: Path, folder: Path) -> str:
    """Path of the output that a record describes; long names are split into folders that begin with `@`."""
    encoded = "".join(part.removeprefix("@") for part in record.relative_to(folder).parts)
    try:
        return base64.urlsafe_b64decode(encoded).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _copy_if_better(source: Path, target: Path, output: Path) -> None:
    """Copy a record over another one of the same output, if that one is missing or less likely to describe it."""
    if target.exists():
        newer = source.stat().st_mtime - target.stat().st_mtime
        if abs(newer) <= _SLACK_SECONDS:
            return
        fits, other_fits = _fits(source, output), _fits(target, output)
        if other_fits if fits != other_fits else newer < 0:
            return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{os.getpid()}.tmp")
    shutil.copy2(source, temporary)
    os.replace(temporary, target)


def _fits(record: Path, output: Path) -> bool:
    """Whether the output has the time that the record says; Snakemake notes the time of the file, not of the job."""
    try:
        return abs(json.loads(record.read_bytes())["endtime"] - output.stat().st_mtime) <= _SLACK_SECONDS
    except (OSError, ValueError, KeyError, TypeError):
        return False
