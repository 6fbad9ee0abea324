"""How far the print lies from the measured means, in units of what another seed alone would do: an F test per table."""

import math
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import fdtrc

from gengap.analysis.against_print import without_repeated
from gengap.paper.printed import first_batch_size

COLUMNS = ("table", "column", "rows", "freedom", "deviation", "rms_difference", "ratio", "p", "p_but_largest")

_TESTED = "test_error_percent"


def seed_scatter(comparison: pd.DataFrame) -> pd.DataFrame:
    """Scatter over seeds, pooled over the rows of a table, and the distance of the print from the means.

    With few seeds a single row tells little, the rows of a table together more. Were a printed value one more run of
    the same training, its difference from the mean of n seeds would have the variance σ²·(1 + 1/n), so the mean of
    difference²/(1 + 1/n) over the rows, divided by the pooled variance, would follow F with as many degrees of freedom
    as there are rows and `freedom`. This takes σ to be one for all batch sizes, and values to be normal; the rounding
    of the print is neglected. Training errors and losses scatter by orders of magnitude more at large batch sizes than
    at small ones, so the test is made on the test error alone. Where its σ differs between rows, too, small p come too
    often. With six rows of two seeds it sees, at 5 %, ratios above 2.07 alone.

    Args:
        comparison: what `gengap.analysis.against_print.compare_with_print` returns.

    Returns:
        One line per table and printed column with two rows or more that have full length, two seeds and no misprint
        (Table 11 without the row that it shares with Table 5):
        `table`, `column`, `rows`, `freedom` (degrees of freedom of the scatter), `deviation` (pooled over the rows)
        and `rms_difference` (root mean square of printed - mean), in percentage points or nats, `ratio` (the square
        root of F), `p`, the probability of a ratio as large by seeds alone, and `p_but_largest`, the same without the
        largest batch size. These three are NaN but for the test error, and where its seeds do not scatter.
    """
    usable = comparison[(comparison["status"] == "full length") & (comparison["misprint"] == "")]
    usable = without_repeated(usable[usable["seeds"] >= 2])
    lines: list[dict[str, Any]] = []
    for (number, column), rows in usable.groupby(["table", "column"], sort=False):
        if len(rows) > 1:
            line = {"table": number, "column": column} | _against_seeds(rows)
            sizes = rows["batch_size"].map(first_batch_size)
            line["p_but_largest"] = _against_seeds(rows[sizes < sizes.max()])["p"]
            if column != _TESTED:
                line |= dict.fromkeys(("ratio", "p", "p_but_largest"), math.nan)
            lines.append(line)
    return pd.DataFrame(lines, columns=COLUMNS)


def _against_seeds(rows: pd.DataFrame) -> dict[str, Any]:
    """The F test of some rows of a table, without a ratio where seeds do not scatter."""
    seeds, deviations, differences = (rows[name].to_numpy(float) for name in ("seeds", "std", "difference"))
    freedom = int((seeds - 1).sum())
    variance = float(((seeds - 1) * deviations**2).sum()) / freedom if freedom else 0.0
    of_print = float(np.mean(differences**2 / (1 + 1 / seeds))) if variance > 0 else math.nan
    ratio = of_print / variance if variance > 0 else math.nan
    found = {"rows": len(rows), "freedom": freedom, "deviation": math.sqrt(variance)}
    found |= {"rms_difference": math.sqrt(float(np.mean(differences**2))) if len(rows) else math.nan}
    return found | {"ratio": math.sqrt(ratio), "p": float(fdtrc(len(rows), freedom, ratio))}
