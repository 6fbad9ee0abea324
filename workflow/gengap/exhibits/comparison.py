"""Every printed test error beside the measured one."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis.against_print import compare_with_print
from gengap.config.plan import Plan
from gengap.config.subjects import compared_tables, table_subject
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs, runs_of
from gengap.render.captions import PAPER, shown_label
from gengap.render.exhibit import Table
from gengap.render.numbers import ABSENT, decimals, fixed, signed, spread

KIND = "table"


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all tables with rows that the paper prints."""
    found = compared(plan)
    return {"comparison": found} if found else {}


def compared(plan: Plan) -> Needs | None:
    """What all comparisons with the print are made of; nothing where no row of the paper is run."""
    tables = [
        {"number": number, "title": table_subject(plan, number)["title"], "rows": plan.table_rows(number)}
        for number in compared_tables(plan)
    ]
    if not tables:
        return None
    runs = runs_of(*(table["rows"] for table in tables))
    return Needs({"tables": tables}, metrics=runs, printed=("tables_1_to_11.csv", "misprints.csv"))


def comparison(subject: Mapping[str, Any], files: Files) -> pd.DataFrame:
    """One line per printed row and column, as `compare_with_print` returns it."""
    measured = {table["number"]: files.rows(table["rows"]) for table in subject["tables"]}
    return compare_with_print(measured)


def make(name: str, subject: Mapping[str, Any], files: Files) -> Table:
    """The test errors, one row per printed row of the tables of which something was run."""
    frame = comparison(subject, files)
    run, missing = _run_tables(frame)
    errors = frame[(frame["column"] == "test_error_percent") & frame["table"].isin(run)]
    marks = misprint_marks(errors)
    notes = misprint_notes(marks)
    if "11" in run:
        notes.append(("", _baseline_note(frame)))
    if missing:
        notes.append(("", f"Nothing was run of {'Tables' if len(missing) > 1 else 'Table'} {', '.join(missing)}."))
    caption = (
        f"Test error in percent: printed value ({PAPER}, Tables 1 to 11), measured mean ± standard deviation over"
        f" seeds, and their difference. Epochs are those of the training, with the paper's where they differ."
    )
    header = ("Table: batch size", "Seeds", "Epochs", "Printed", "Measured", "Difference")
    rows = [_error_row(line, marks) for line in errors.to_dict("records")]
    return Table("Measured beside printed test errors", caption, header, rows, notes, data=frame)


def _baseline_note(frame: pd.DataFrame) -> str:
    """Whether the first row of Table 11 is the run of Table 5, as in the paper: all of its columns are equal."""
    rows = frame[(frame["batch_size"] == "128") & frame["table"].isin(["5", "11"])]
    run = (rows["status"] != "not run").all()
    table_5, table_11 = (rows.loc[rows["table"] == number, "mean"].to_numpy(float) for number in ("5", "11"))
    same = run and np.array_equal(table_5, table_11, equal_nan=True)
    here = "so it is here" if same else "here it is a run of its own"
    return f"In the paper the first row of Table 11 is that of Table 5 at batch size 128; {here}."


def _error_row(line: Mapping[str, Any], marks: Mapping[str, str]) -> list[str]:
    name, printed = row_name(line["table"], line["batch_size"]), printed_value(line, marks)
    if line["status"] == "not run":
        return [name, "0", ABSENT, printed, "not run", ABSENT]
    runs = line["seeds"] + line["diverged"]
    seeds = f"{line['seeds']} of {runs}" if line["diverged"] else str(runs)
    if line["status"] == "diverged":
        return [name, seeds, ABSENT, printed, "diverged", ABSENT]
    epochs = epochs_text(line["epochs"], line["paper_epochs"])
    measured = spread(line["mean"], line["std"], decimals(line["column"]))
    return [name, seeds, epochs, printed, measured, signed(line["difference"], 2)]


def epochs_text(epochs: float, paper: float) -> str:
    """Epochs of a training, with the paper's where they differ."""
    return f"{epochs:g}" + ("" if math.isnan(paper) or math.isclose(epochs, paper) else f" of {paper:g}")


def row_name(number: str, label: str) -> str:
    """A row of all tables: its table and its batch size."""
    return f"{number}: {shown_label(label)}"


def misprint_marks(frame: pd.DataFrame) -> dict[str, str]:
    """Letters of the reasons for which printed values of some lines cannot be right."""
    reasons = dict.fromkeys(reason for reason in frame["misprint"] if reason)
    return dict(zip(reasons, "abcdefghijklmnopqrstuvwxyz", strict=False))


def misprint_notes(marks: Mapping[str, str]) -> list[tuple[str, str]]:
    """What these letters mean."""
    return [(mark, f"Probably a misprint. {reason}") for reason, mark in marks.items()]


def _run_tables(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    run = set(frame.loc[frame["status"] != "not run", "table"])
    numbers = list(dict.fromkeys(frame["table"]))
    return [number for number in numbers if number in run], [number for number in numbers if number not in run]


def printed_value(line: Mapping[str, Any], marks: Mapping[str, str]) -> str:
    """A printed value with the mark of its misprint."""
    mark = marks.get(line["misprint"], "")
    return fixed(line["printed"], decimals(line["column"])) + (f" {mark}" if mark else "")
