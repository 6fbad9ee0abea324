"""Every printed test error beside the measured one."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gengap.analysis.against_print import compare_with_print
from gengap.config.plan import Plan
from gengap.config.subjects import compared_tables
from gengap.exhibits.needs import PRINTED_RESULTS, Files, Needs, Subject, runs_of
from gengap.render.captions import PAPER, misprint_marks, shown_label
from gengap.render.exhibit import Cell, Table
from gengap.render.numbers import ABSENT, fixed, signed, spread

KIND = "table"


def needs(plan: Plan) -> Needs:
    """Of all tables with rows that the paper prints."""
    tables = compared_tables(plan)
    return Needs({"tables": tables}, {"metrics": runs_of(tables)}, printed=PRINTED_RESULTS)


def compared(subject: Subject, files: Files) -> pd.DataFrame:
    """One line per printed row and column, as `compare_with_print` returns it."""
    return compare_with_print({table["number"]: table["rows"] for table in files.loaded(subject["tables"])})


def make(subject: Subject, files: Files) -> Table:
    """The test errors, one row per printed row of the tables of which something was run."""
    frame = compared(subject, files)
    not_run = (frame["status"] == "not run").groupby(frame["table"], sort=False).all()
    missing = list(not_run.index[not_run])
    errors = frame[(frame["column"] == "test_error_percent") & ~frame["table"].isin(missing)]
    marks = misprint_marks(errors["misprint"])
    notes = [(mark, f"Probably a misprint. {reason}") for reason, mark in marks.items()]
    if missing:
        notes.append(("", f"Nothing was run of {'Tables' if len(missing) > 1 else 'Table'} {', '.join(missing)}."))
    caption = (
        f"Test error in percent: printed value ({PAPER}, Tables 1 to 11), measured mean ± standard deviation over"
        f" seeds, and their difference. Epochs are those of the training, with the paper's where they differ."
    )
    header = ("Table: batch size", "Seeds", "Epochs", "Printed", "Measured", "Difference")
    rows = [_error_row(line, marks) for line in errors.to_dict("records")]
    return Table("Measured beside printed test errors", caption, header, rows, notes, data=frame)


def _error_row(line: Mapping[str, Any], marks: Mapping[str, str]) -> list[Cell | str]:
    row = [f"{line['table']}: {shown_label(line['batch_size'])}"]
    printed = Cell(fixed(line["printed"], 2), mark=marks.get(line["misprint"], ""))
    if line["status"] == "not run":
        return [*row, "0", ABSENT, printed, "not run", ABSENT]
    runs = line["seeds"] + line["diverged"]
    row.append(f"{line['seeds']} of {runs}" if line["diverged"] else str(runs))
    if line["status"] == "diverged":
        return [*row, ABSENT, printed, "diverged", ABSENT]
    epochs = epochs_text(line["epochs"], line["paper_epochs"])
    return [*row, epochs, printed, spread(line["mean"], line["std"], 2), signed(line["difference"], 2)]


def epochs_text(epochs: float, paper: float) -> str:
    """Epochs of a training, with the paper's where they differ."""
    return f"{epochs:g}" + ("" if math.isnan(paper) or math.isclose(epochs, paper) else f" of {paper:g}")
