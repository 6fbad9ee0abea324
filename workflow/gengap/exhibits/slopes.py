"""Slope of the test error against the batch size, printed and measured."""

import math
from collections.abc import Mapping
from typing import Any

from gengap.analysis.slope_per_doubling import clear_slopes, slopes
from gengap.analysis.trends import CONFIDENCE
from gengap.exhibits import comparison
from gengap.exhibits.needs import Files, Subject
from gengap.paper.printed import BESIDE_TEST_ERROR
from gengap.render.exhibit import Table
from gengap.render.numbers import ABSENT, signed

KIND = "table"

_SHORT = "*"


needs = comparison.needs


def make(subject: Subject, files: Files) -> Table:
    """Slopes of the test error, one row per table; of the other columns, whether the signs agree."""
    frame = slopes(comparison.compared(subject, files))
    rows = []
    for number, group in frame.groupby("table", sort=False):
        lines = {line["column"]: line for line in group.to_dict("records")}
        error = lines["test_error_percent"]
        others = "/".join(lines[column]["same_sign"] if column in lines else ABSENT for column in BESIDE_TEST_ERROR)
        count = f"{error['rows']}{_SHORT if error['other_length'] else ''}"
        intervals = [_interval(error, name) for name in ("printed", "measured")]
        rows.append([f"Table {number}", count, *intervals, error["same_sign"], others])
    errors = frame[frame["column"] == "test_error_percent"]
    agreeing = errors[errors["same_sign"] == "yes"]
    clear = clear_slopes(agreeing)
    caption = (
        "Least-squares slope of the test error against log₂ of the batch size, in percentage points per doubling, with"
        f" its {100 * CONFIDENCE:g} % confidence interval from the scatter of the rows about the line (three rows or"
        " more). Both lines run through the same rows. The last column says whether the signs of the slopes of train"
        " error, train loss and test loss agree; flat: one of the two is exactly zero. The sign of the test error's"
        f" slope agrees in {len(agreeing)} of {len(errors)} tables; in {len(clear)} of these neither interval includes"
        " zero."
    )
    note = (_SHORT, "Some rows were trained for another number of epochs than the paper's.")
    header = ("Table", "Rows", "Printed", "Measured", "Same sign", "Train error/train loss/test loss")
    title = "Slope of the test error against the batch size"
    notes = [note] if errors["other_length"].any() else []
    return Table(title, caption, header, rows, notes, data=frame)


def _interval(line: Mapping[str, Any], name: str) -> str:
    value, low, high = line[name], line[f"{name}_low"], line[f"{name}_high"]
    text = signed(value, 2)
    return text if math.isnan(low) else f"{text} [{signed(low, 2)}, {signed(high, 2)}]"
