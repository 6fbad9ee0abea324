"""Every printed train error and loss beside the measured one."""

from collections.abc import Mapping
from typing import Any

from gengap.config.plan import Plan
from gengap.exhibits.comparison import (
    compared,
    comparison,
    misprint_marks,
    misprint_notes,
    printed_value,
    row_name,
)
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs
from gengap.paper.printed import BESIDE_TEST_ERROR
from gengap.render.captions import COLUMN_LABELS, PAPER
from gengap.render.exhibit import Table
from gengap.render.numbers import decimals, fixed

KIND = "table"


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all tables with rows that the paper prints."""
    found = compared(plan)
    return {"comparison_losses": found} if found else {}


def make(name: str, subject: Mapping[str, Any], files: Files) -> Table:
    """The other printed columns of the rows that were run."""
    frame = comparison(subject, files)
    frame = frame[frame["column"] != "test_error_percent"]
    rows_run = frame[~frame["status"].isin(["not run", "diverged"])]
    marks = misprint_marks(rows_run)
    rows = []
    for (number, label), group in rows_run.groupby(["table", "batch_size"], sort=False):
        lines = {line["column"]: line for line in group.to_dict("records")}
        rows.append([row_name(number, label), *(_beside(lines[column], marks) for column in BESIDE_TEST_ERROR)])
    notes = misprint_notes(marks)
    caption = (
        f"Measured means and, in brackets, printed values ({PAPER}). Train error is in percent; losses are"
        " cross-entropy plus weight penalty, in nats. Standard deviations stand in the CSV file."
    )
    header = ("Table: batch size", *(COLUMN_LABELS[column] for column in BESIDE_TEST_ERROR))
    title = "Measured beside printed train errors and losses"
    return Table(title, caption, header, rows, notes, data=frame)


def _beside(line: Mapping[str, Any], marks: Mapping[str, str]) -> str:
    return f"{fixed(line['mean'], decimals(line['column']))} ({printed_value(line, marks)})"
