"""Snakemake's records of how a file was made, as far as published numbers name it."""

import ast
import contextlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from gengap.config import Plan
from gengap.files import sha256
from gengap.records import record_of


def rule_record(planned: Plan, results: Path, file: str, rule: str) -> Mapping[str, Any] | None:
    """The record of a finished job of a rule that made a file; nothing if there is none.

    Args:
        planned: what the run was asked for.
        results: folder of the workflow's results, wherever it lies now.
        file: path below it.
        rule: name of the rule.
    """
    path = record_of(results, Path(planned.config["results"]) / file)
    if path is None:
        return None
    record = json.loads(path.read_text(encoding="utf-8"))
    return record if record.get("rule") == rule and not record.get("incomplete") else None


def took(planned: Plan, results: Path, record: Mapping[str, Any], file: str, since: float) -> bool:
    """Whether a job took a file as it is now: by its checksum where that is recorded, else by when the job started.

    Args:
        planned: what the run was asked for.
        results: folder of the workflow's results, wherever it lies now.
        record: of the job.
        file: path below it.
        since: when the file's own job started, in seconds since 1970.
    """
    checksum = record.get("input_checksums", {}).get(str(Path(planned.config["results"]) / file))
    if checksum is None or not (results / file).is_file():
        return record["starttime"] >= since
    return checksum == f"sha256:{sha256(results / file)}"


def how_made(record: Mapping[str, Any]) -> dict[str, Any]:
    """`code_hash`, `started` (UTC) and `seconds` of a job."""
    started = datetime.fromtimestamp(record["starttime"], UTC).isoformat(timespec="seconds")
    return {
        "code_hash": _code_hash(record),
        "started": started,
        "seconds": round(record["endtime"] - record["starttime"], 1),
    }


def parameters(record: Mapping[str, Any]) -> list[Any]:
    """The values of a job's parameters, of those that are plain; their names are not recorded."""
    values = []
    for text in record.get("params", []):
        with contextlib.suppress(ValueError, SyntaxError):
            values.append(ast.literal_eval(text))
    return values


def _code_hash(record: Mapping[str, Any]) -> str:
    """The parameter `code`; Snakemake's record has the parameters by value, not by name."""
    hashes = (re.match(r"'([0-9a-f]{16})\b", str(value)) for value in record.get("params", []))
    return next((match[1] for match in hashes if match), "")
