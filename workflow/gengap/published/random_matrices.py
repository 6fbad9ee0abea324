"""Whether samples of random matrices may be published, and where they come from."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.config import Plan
from gengap.published.contents import Size, extremes_file
from gengap.published.rule_records import how_made, rule_record
from gengap.results.printed import PAPER_REPEATS


def law_refusal(planned: Plan, results: Path, law: str, sizes: Sequence[Size]) -> str:
    """Why the samples of a law may not be published, or nothing."""
    for size in sizes:
        path = results / extremes_file(law, size)
        if not path.is_file():
            return f"{path} is missing."
        repeats = len(pd.read_csv(path))
        if repeats < PAPER_REPEATS:
            return f"{path} has {repeats} matrices, fewer than the paper's {PAPER_REPEATS}."
        if rule_record(planned, results, extremes_file(law, size), "random_matrix") is None:
            return f"{path} has no record of the rule that made it."
    return ""


def random_matrix_provenance(planned: Plan, results: Path, law: str, size: Size) -> dict[str, Any]:
    """What made the sample of one size, and its summary.

    Returns:
        `law`, `rows`, `columns`, `repeats`, `seed`, `code_hash`, `started` (UTC), `seconds`, and mean, sample standard
        deviation, smallest and largest of `sigma_min` and `sigma_max`.
    """
    extremes = pd.read_csv(results / extremes_file(law, size))
    record = rule_record(planned, results, extremes_file(law, size), "random_matrix") or {}
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
        "seed": planned.config["random_matrices"]["seed"],
        **how_made(record),
        **summary,
    }
