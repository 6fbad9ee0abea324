"""How printed and measured values rise with the batch size: least-squares slopes per doubling."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from gengap.analysis.against_print import without_repeated
from gengap.analysis.trends import student_factor
from gengap.paper.printed import first_batch_size

_SLOPES = tuple(f"{name}{end}" for name in ("printed", "measured") for end in ("", "_low", "_high"))
COLUMNS = ("table", "column", "rows", "other_length", *_SLOPES, "same_sign")


def slope(x: ArrayLike, y: ArrayLike) -> tuple[float, float, float]:
    """Ordinary least squares with one standard deviation for all points: slope, and slope ∓ t(n - 2) · standard error.

    Two points or more; two give a slope without an interval.
    """
    from scipy.stats import linregress

    line, freedom = linregress(x, y), len(np.asarray(x)) - 2
    half = line.stderr * student_factor(freedom) if freedom else np.nan
    return line.slope, line.slope - half, line.slope + half


def slopes(comparison: pd.DataFrame) -> pd.DataFrame:
    """Slopes against log₂ of the batch size of each table and printed column, printed and measured.

    Both lines run through the same rows: those that were run, did not diverge and are no misprint. A row is one
    point, the mean of its seeds. In Table 11 the batch size is the one before the switch, and the row that is not
    switched is no part of it.

    Args:
        comparison: what `gengap.analysis.against_print.compare_with_print` returns.

    Returns:
        One line per table with two rows or more, and printed column: `table`, `column`, `rows`, `other_length` (rows
        trained for another number of epochs than the paper's), `printed`, `printed_low`, `printed_high`, `measured`,
        `measured_low`, `measured_high` (percentage points or nats per doubling) and `same_sign`: `yes`, `no`, or
        `flat` where one of the two is exactly zero.
    """
    usable = without_repeated(comparison[comparison["mean"].notna() & (comparison["misprint"] == "")])
    lines = []
    for (number, column), rows in usable.groupby(["table", "column"], sort=False):
        if len(rows) > 1:
            doublings = np.log2(rows["batch_size"].map(first_batch_size))
            found = dict(
                zip(_SLOPES, (*slope(doublings, rows["printed"]), *slope(doublings, rows["mean"])), strict=True)
            )
            product = found["printed"] * found["measured"]
            line = {"table": number, "column": column, "rows": len(rows)}
            line |= {"other_length": (rows["status"] != "full length").sum(), **found}
            lines.append(line | {"same_sign": "flat" if product == 0 else "yes" if product > 0 else "no"})
    return pd.DataFrame(lines, columns=COLUMNS)


def clear_slopes(frame: pd.DataFrame) -> pd.DataFrame:
    """Those rows of `slopes` of which neither the printed nor the measured slope's interval includes zero."""
    clear = [frame[f"{name}_low"] * frame[f"{name}_high"] > 0 for name in ("printed", "measured")]
    return frame[clear[0] & clear[1]]
