"""How far the print lies from the measured means, in units of what another seed alone would do: an F test per table."""

import math

import numpy as np
import pandas as pd

from gengap.analysis.against_print import without_repeated
from gengap.paper.printed import first_batch_size

COLUMNS = ("table", "rows", "freedom", "deviation", "rms_difference", "ratio", "p", "p_but_largest")


def seed_scatter(comparison: pd.DataFrame) -> pd.DataFrame:
    """Scatter of the test error over seeds, pooled over the rows of a table, and how far the print lies from the means.

    With few seeds a single row tells little, the rows of a table together more. Were a printed value one more run of
    the same training, its difference from the mean of n seeds would have the variance σ²·(1 + 1/n), so the mean of
    difference²/(1 + 1/n) over the rows, divided by the pooled variance, would follow F with as many degrees of freedom
    as there are rows and `freedom`. This takes σ to be one for all batch sizes, and values to be normal; the rounding
    of the print is neglected. Training errors and losses scatter by orders of magnitude more at large batch sizes than
    at small ones, so the test is of the test error alone. Where its σ differs between rows, too, small p come too
    often. With six rows of two seeds it sees, at 5 %, ratios above 2.07 alone.

    Args:
        comparison: what `gengap.analysis.against_print.compare_with_print` returns.

    Returns:
        One line per table with two rows or more that have full length, two seeds and no misprint (Table 11 without the
        row that it shares with Table 5): `table`, `rows`, `freedom` (degrees of freedom of the scatter), `deviation`
        (pooled over the rows) and `rms_difference` (root mean square of printed - mean), in percentage points, `ratio`
        (the square root of F), `p`, the probability of a ratio as large by seeds alone, and `p_but_largest`, the same
        without the largest batch size. These three are NaN where seeds do not scatter.
    """
    usable = comparison[(comparison["status"] == "full length") & (comparison["misprint"] == "")]
    usable = without_repeated(usable[(usable["seeds"] >= 2) & (usable["column"] == "test_error_percent")])
    lines = []
    for number, rows in usable.groupby("table", sort=False):
        if len(rows) > 1:
            sizes = rows["batch_size"].map(first_batch_size)
            but_largest = _against_seeds(rows[sizes < sizes.max()])["p"]
            lines.append({"table": number, **_against_seeds(rows), "p_but_largest": but_largest})
    return pd.DataFrame(lines, columns=COLUMNS)


def _against_seeds(rows: pd.DataFrame) -> dict[str, float]:
    """The F test of some rows of a table, without a ratio where seeds do not scatter."""
    from scipy.special import fdtrc

    seeds, deviations, differences = (rows[name].to_numpy(float) for name in ("seeds", "std", "difference"))
    freedom = int((seeds - 1).sum())
    variance = float(((seeds - 1) * deviations**2).sum()) / freedom
    ratio = float(np.mean(differences**2 / (1 + 1 / seeds))) / variance if variance > 0 else math.nan
    found = {"rows": len(rows), "freedom": freedom, "deviation": math.sqrt(variance)}
    found["rms_difference"] = math.sqrt(float(np.mean(differences**2)))
    return found | {"ratio": math.sqrt(ratio), "p": float(fdtrc(len(rows), freedom, ratio))}
