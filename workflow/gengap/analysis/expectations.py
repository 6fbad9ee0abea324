"""Expected smallest singular values of random matrices: measured, from theory and printed (Tables A1 to A3)."""

import math
from collections.abc import Callable, Mapping
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from gengap.paper.printed import PAPER_REPEATS, Misprints

SURELY = 5.0
"""Standard errors beyond which a printed value cannot be right."""


def expectations_table(
    extremes: Mapping[tuple[int, int], pd.DataFrame],
    theory: Callable[[int, int], float | None],
    printed: Mapping[tuple[int, int], float],
    misprints: Misprints,
) -> pd.DataFrame:
    """Mean smallest singular value of each size with its standard error, beside theory and print.

    Args:
        extremes: by (rows, columns), in the table's order, `sigma_min` of every repeat.
        theory: expected value for (rows, columns), or `None` where theory gives no number.
        printed: values by (rows, columns); empty where the paper prints no such table.
        misprints: reasons for which printed values cannot be right, by (row label, column).

    Returns:
        `rows`, `columns`, `mean`, `standard_error` (sample deviation / √repeats), `repeats`, `theory`, `printed`,
        `misprint` (the reason, or empty), `difference` (measured - printed) and `difference_in_standard_errors`: of a
        difference of two means, the printed one over 100 matrices (Section A1.2) with the deviation measured here.
    """
    reasons = {row: reason for (row, _), reason in misprints.items()}
    lines = []
    for size, repeats in extremes.items():
        name, smallest, expected = "x".join(map(str, size)), repeats["sigma_min"], theory(*size)
        line = {"rows": size[0], "columns": size[1], "mean": smallest.mean(), "standard_error": smallest.sem()}
        line |= {"repeats": len(smallest), "theory": math.nan if expected is None else expected}
        line |= {"printed": printed.get(size, math.nan), "misprint": reasons.get(name, "") if size in printed else ""}
        lines.append(line)
    frame = pd.DataFrame(lines)
    difference = frame["mean"] - frame["printed"]
    error = frame["standard_error"] * np.sqrt(1 + frame["repeats"] / PAPER_REPEATS)
    return frame.assign(difference=difference, difference_in_standard_errors=difference / error.where(error > 0))


def agreement(differences: pd.Series) -> dict[str, Any]:
    """How many printed values agree with the measured ones.

    Args:
        differences: in standard errors, of all tables; NaN where nothing is printed.

    Returns:
        `printed` (how many are), `agree`: at most the `limit` apart, which one of them exceeds by chance in one case of
        twenty (Bonferroni), `wrong`: more than `SURELY` apart, and `largest_z` of those that agree.
    """
    apart = differences.dropna().abs()
    limit = NormalDist().inv_cdf(1 - 0.05 / (2 * max(1, len(apart))))
    agree = apart[apart <= limit]
    found = {"printed": len(apart), "agree": len(agree), "wrong": (apart > SURELY).sum()}
    return found | {"largest_z": agree.max()}
