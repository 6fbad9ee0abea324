"""How far the print lies from the measured means, in units of what another seed alone would do: an F test per table."""

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import chdtrc, fdtrc, stdtr

from gengap.analysis.against_print import without_repeated

COLUMNS = ("table", "column", "rows", "freedom", "deviation", "rms_difference", "ratio", "p", "p_by_row")

_TESTED = "test_error_percent"


def seed_scatter(comparison: pd.DataFrame) -> pd.DataFrame:
    """Scatter over seeds, pooled over the rows of a table, and the distance of the print from the means.

    With few seeds the prediction interval of a single row is wide; the rows of a table together tell more. Were a
    printed value one more run of the same training, its difference from the mean of n seeds would have the variance
    σ²·(1 + 1/n), so the mean of difference²/(1 + 1/n) over the rows, divided by the pooled variance, would follow F
    with as many degrees of freedom as there are rows and `freedom`. This takes σ to be one for all batch sizes, and
    values to be normal; the rounding of the print is neglected. Training errors and losses scatter by orders of
    magnitude more at large batch sizes than at small ones, so the test is made on the test error alone. Where its σ
    differs between rows, too, small p come too often; `p_by_row` needs no common σ: a t test of each row by itself,
    combined by Fisher's method (-2 Σ ln p follows χ² with two degrees of freedom a row), which with two seeds tells
    little.

    Args:
        comparison: what `gengap.analysis.against_print.compare_with_print` returns.

    Returns:
        One line per table and printed column with two rows or more that have full length, two seeds and no misprint
        (Table 11 without the row that it shares with Table 5):
        `table`, `column`, `rows`, `freedom` (degrees of freedom of the scatter), `deviation` (pooled over the rows)
        and `rms_difference` (root mean square of printed - mean), in percentage points or nats, `ratio` (the square
        root of F), `p`, the probability of a ratio as large by seeds alone, and `p_by_row`. These three are NaN but for
        the test error, and where its seeds do not scatter, the last also where those of a row do not.
    """
    usable = comparison[(comparison["status"] == "full length") & (comparison["misprint"] == "")]
    usable = without_repeated(usable[usable["seeds"] >= 2])
    lines: list[dict[str, Any]] = []
    for (number, column), rows in usable.groupby(["table", "column"], sort=False):
        if len(rows) < 2:
            continue
        seeds, deviations, differences = (rows[name].to_numpy(float) for name in ("seeds", "std", "difference"))
        freedom = int((seeds - 1).sum())
        variance = float(((seeds - 1) * deviations**2).sum()) / freedom
        of_print = float(np.mean(differences**2 / (1 + 1 / seeds)))
        ratio = of_print / variance if variance > 0 and column == _TESTED else math.nan
        line = {"table": number, "column": column, "rows": len(rows), "freedom": freedom}
        line |= {"deviation": math.sqrt(variance), "rms_difference": math.sqrt(float(np.mean(differences**2)))}
        by_row = _fisher(differences, deviations, seeds) if column == _TESTED else math.nan
        p = float(fdtrc(len(rows), freedom, ratio))
        lines.append(line | {"ratio": math.sqrt(ratio), "p": p, "p_by_row": by_row})
    return pd.DataFrame(lines, columns=COLUMNS)


def _fisher(differences: np.ndarray, deviations: np.ndarray, seeds: np.ndarray) -> float:
    if not (deviations > 0).all():
        return math.nan
    t = np.abs(differences) / (deviations * np.sqrt(1 + 1 / seeds))
    return float(chdtrc(2 * len(t), -2 * np.log(2 * stdtr(seeds - 1, -t)).sum()))
