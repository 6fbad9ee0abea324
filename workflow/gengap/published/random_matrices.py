"""Whether samples of random matrices may be published, and where they come from."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.published.contents import Size, extremes_file
from gengap.records import record_of
from gengap.results.printed import PAPER_REPEATS


def law_refusal(results: Path, law: str, sizes: Sequence[Size]) -> str:
    """Why the samples of a law may not be published, or nothing."""
    for size in sizes:
        path = results / extremes_file(law, size)
        if not path.is_file():
            return f"{path} is missing."
        repeats = len(pd.read_csv(path))
        if repeats < PAPER_REPEATS:
            return f"{path} has {repeats} matrices, fewer than the paper's {PAPER_REPEATS}."
        if _record(results, law, size) is None:
            return f"{path} has no record of the rule that made it."
    return ""


def random_matrix_provenance(results: Path, law: str, size: Size, seed: int) -> dict[str, Any]:
    """What made the sample of one size, and its summary.

    Returns:
        `law`, `rows`, `columns`, `repeats`, `seed`, `code_hash`, `started` (UTC), `seconds`, and mean, sample standard
        deviation, smallest and largest of `sigma_min` and `sigma_max`.
    """
    extremes = pd.read_csv(results / extremes_file(law, size))
    record = _record(results, law, size) or {}
    started = datetime.fromtimestamp(record["starttime"], UTC).isoformat(timespec="seconds")
    summary = {
        f"{name}_{statistic}": float(value)
        for name in ("sigma_min", "sigma_max")
        for statistic, value in extremes[name].agg(["mean", "std", "min", "max"]).items()
    }
    return {
        "law": law,
        "rows": size[0],
        "columns": size[1],
        "repeats": len(extremes),
        "seed": seed,
        "code_hash": _code_hash(record),
        "started": started,
        "seconds": round(record["endtime"] - record["starttime"], 1),
        **summary,
    }


def _record(results: Path, law: str, size: Size) -> Mapping[str, Any] | None:
    path = record_of(results, extremes_file(law, size))
    if path is None:
        return None
    record = json.loads(path.read_text(encoding="utf-8"))
    return record if record.get("rule") == "random_matrix" and not record.get("incomplete") else None


def _code_hash(record: Mapping[str, Any]) -> str:
    """The parameter `code`; Snakemake's record has the parameters by value, not by name."""
    hashes = (re.match(r"'([0-9a-f]{16})\b", str(value)) for value in record.get("params", []))
    return next((match[1] for match in hashes if match), "")
