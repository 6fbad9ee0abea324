"""How printed and measured values rise with the batch size: least-squares slopes per doubling."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import stdtrit

from gengap.analysis.against_print import CONFIDENCE, without_repeated
from gengap.paper.printed import PRINTED_COLUMNS, first_batch_size

COLUMNS = (
    "table",
    "column",
    "rows",
    "other_length",
    *(f"{name}{end}" for name in ("printed", "measured") for end in ("", "_low", "_high")),
    "same_sign",
)


@dataclass(frozen=True)
class Slope:
    """Slope of a straight line per unit of x and its confidence interval; NaN where the points do not give it."""

    value: float
    low: float
    high: float


def slope(x: ArrayLike, y: ArrayLike, confidence: float = CONFIDENCE) -> Slope:
    """Ordinary least squares with one standard deviation for all points: slope ± t(n - 2) · standard error.

    Two points give a slope without an interval, fewer give none.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    if len(x) < 2:
        return Slope(math.nan, math.nan, math.nan)
    centred = x - x.mean()
    spread = float(centred @ centred)
    value = float(centred @ y) / spread
    if len(x) < 3:
        return Slope(value, math.nan, math.nan)
    residuals = y - y.mean() - value * centred
    freedom = len(x) - 2
    half = float(stdtrit(freedom, 0.5 + confidence / 2)) * math.sqrt(float(residuals @ residuals) / freedom / spread)
    return Slope(value, value - half, value + half)


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
    lines: list[dict[str, Any]] = []
    for number in dict.fromkeys(comparison["table"]):
        for column in PRINTED_COLUMNS:
            rows = usable[(usable["table"] == number) & (usable["column"] == column)]
            if len(rows) < 2:
                continue
            doublings = [math.log2(first_batch_size(label)) for label in rows["batch_size"]]
            printed, measured = slope(doublings, rows["printed"]), slope(doublings, rows["mean"])
            product = printed.value * measured.value
            lines.append(
                {
                    "table": number,
                    "column": column,
                    "rows": len(rows),
                    "other_length": int((rows["status"] != "full length").sum()),
                    "printed": printed.value,
                    "printed_low": printed.low,
                    "printed_high": printed.high,
                    "measured": measured.value,
                    "measured_low": measured.low,
                    "measured_high": measured.high,
                    "same_sign": "flat" if product == 0 else "yes" if product > 0 else "no",
                }
            )
    return pd.DataFrame(lines, columns=COLUMNS)


def clear_slopes(frame: pd.DataFrame) -> pd.DataFrame:
    """Those rows of `slopes` of which neither the printed nor the measured slope's interval includes zero."""
    clear = pd.Series(True, index=frame.index)
    for name in ("printed", "measured"):
        clear &= frame[f"{name}_low"] * frame[f"{name}_high"] > 0
    return frame[clear]
