"""The comparison with the print, its slopes and the parts of the loss as tables to read."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gengap.results.captions import COLUMN_LABELS, PAPER, shown_label
from gengap.results.comparison import CONFIDENCE, summary
from gengap.results.item import TableItem
from gengap.results.numbers import ABSENT, decimals, fixed, signed, spread
from gengap.results.printed import PRINTED_COLUMNS
from gengap.results.slopes import clear_slopes

_OUTSIDE, _SHORT = "*", "*"
_OTHERS = tuple(column for column in PRINTED_COLUMNS if column != "test_error_percent")


def comparison_item(frame: pd.DataFrame) -> TableItem:
    """The test errors, one row per printed row of the tables of which something was run."""
    run, missing = _run_tables(frame)
    errors = frame[(frame["column"] == "test_error_percent") & frame["table"].isin(run)]
    marks = _misprint_marks(errors)
    notes = _misprint_notes(marks)
    if "11" in run:
        notes.append(("", _baseline_note(frame)))
    if missing:
        notes.append(("", f"Nothing was run of {'Tables' if len(missing) > 1 else 'Table'} {', '.join(missing)}."))
    caption = (
        f"Test error in percent: printed value ({PAPER}, Tables 1 to 11), measured mean ± standard deviation over"
        f" seeds, and their difference. The interval is the {100 * CONFIDENCE:g} % prediction interval for one more"
        " run, mean ± t·s·√(1 + 1/n), widened by half a unit of the last printed digit; it needs two seeds, and with"
        " two it is so wide (t = 12.7) that it excludes next to nothing: the rows of a table together tell more (Seeds"
        " and the distance of the print). Epochs"
        f" are those of the training, with the paper's where they differ. {summary(frame)}"
    )
    header = ("Table: batch size", "Seeds", "Epochs", "Printed", "Measured", "Difference", "In interval")
    rows = [_error_row(line, marks) for line in errors.to_dict("records")]
    return TableItem("comparison", "Measured beside printed test errors", caption, header, rows, notes)


def comparison_losses_item(frame: pd.DataFrame) -> TableItem:
    """The other printed columns of the rows that were run."""
    rows_run = frame[~frame["status"].isin(["not run", "diverged"]) & frame["column"].isin(_OTHERS)]
    marks = _misprint_marks(rows_run)
    rows = []
    for (number, label), group in rows_run.groupby(["table", "batch_size"], sort=False):
        lines = {line["column"]: line for line in group.to_dict("records")}
        rows.append([_row_name(number, label), *(_beside(lines[column], marks) for column in _OTHERS)])
    notes = _misprint_notes(marks)
    if any(_OUTSIDE in cell for row in rows for cell in row):
        notes.append((_OUTSIDE, f"The printed value lies outside the {100 * CONFIDENCE:g} % prediction interval."))
    caption = (
        f"Measured means and, in brackets, printed values ({PAPER}). Train error is in percent; losses are"
        " cross-entropy plus weight penalty, in nats. Standard deviations and intervals stand in the CSV file."
    )
    header = ("Table: batch size", *(COLUMN_LABELS[column] for column in _OTHERS))
    return TableItem(
        "comparison_losses", "Measured beside printed train errors and losses", caption, header, rows, notes
    )


def slopes_item(frame: pd.DataFrame) -> TableItem:
    """Slopes of the test error, one row per table; of the other columns, whether the signs agree."""
    rows = []
    for number, group in frame.groupby("table", sort=False):
        lines = {line["column"]: line for line in group.to_dict("records")}
        error = lines["test_error_percent"]
        others = "/".join(lines[column]["same_sign"] if column in lines else ABSENT for column in _OTHERS)
        count = f"{error['rows']}{_SHORT if error['other_length'] else ''}"
        rows.append(
            [
                f"Table {number}",
                count,
                _interval(error, "printed"),
                _interval(error, "measured"),
                error["same_sign"],
                others,
            ]
        )
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
    notes = [(_SHORT, "Some rows were trained for another number of epochs than the paper's.")]
    header = ("Table", "Rows", "Printed", "Measured", "Same sign", "Train error/train loss/test loss")
    title = "Slope of the test error against the batch size"
    return TableItem("slopes", title, caption, header, rows, notes if (errors["other_length"] > 0).any() else ())


def loss_parts_item(frame: pd.DataFrame) -> TableItem:
    """Rise of the training loss from the smallest to the largest batch size, split into its two parts."""
    rows = [
        [
            f"Table {row['table']}",
            f"{shown_label(row['smallest'])} … {shown_label(row['largest'])}",
            _epochs(row["epochs"], row["paper_epochs"]),
            signed(row["train_loss_rise"]),
            signed(row["train_cross_entropy_rise"]),
            signed(row["weight_penalty_rise"]),
            ABSENT if math.isnan(row["penalty_share"]) else f"{fixed(row['penalty_share'], 0)} %",
            signed(row["printed_rise"]),
        ]
        for row in frame.to_dict("records")
    ]
    caption = (
        "Training loss = cross-entropy + weight penalty. How much each part changes from the smallest to the largest"
        " batch size of a table, in nats, and the penalty's share of the loss's rise; a share above 100 % means that"
        " the cross-entropy falls. The printed rise is that of the paper's “loss” between the same two rows."
    )
    header = (
        *("Table", "Batch sizes", "Epochs", "Rise of the training loss", "of cross-entropy", "of weight penalty"),
        *("penalty's share", "printed rise"),
    )
    return TableItem("loss_parts", "What makes the training loss rise with the batch size", caption, header, rows)


def _baseline_note(frame: pd.DataFrame) -> str:
    """Whether the first row of Table 11 is the run of Table 5, as in the paper: all of its columns are equal."""
    rows = frame[(frame["batch_size"] == "128") & frame["table"].isin(["5", "11"])]
    run = (rows["status"] != "not run").all()
    table_5, table_11 = (rows.loc[rows["table"] == number, "mean"].to_numpy(float) for number in ("5", "11"))
    same = run and np.array_equal(table_5, table_11, equal_nan=True)
    here = "so it is here" if same else "here it is a run of its own"
    return f"In the paper the first row of Table 11 is that of Table 5 at batch size 128; {here}."


def _error_row(line: Mapping[str, Any], marks: Mapping[str, str]) -> list[str]:
    name, printed = _row_name(line["table"], line["batch_size"]), _printed(line, marks)
    if line["status"] == "not run":
        return [name, "0", ABSENT, printed, "not run", ABSENT, ABSENT]
    runs = line["seeds"] + line["diverged"]
    seeds = f"{line['seeds']} of {runs}" if line["diverged"] else str(runs)
    if line["status"] == "diverged":
        return [name, seeds, ABSENT, printed, "diverged", ABSENT, ABSENT]
    epochs = _epochs(line["epochs"], line["paper_epochs"])
    measured = spread(line["mean"], line["std"], decimals(line["column"]))
    return [name, seeds, epochs, printed, measured, signed(line["difference"], 2), _in_interval(line)]


def _in_interval(line: Mapping[str, Any]) -> str:
    low, high = line["interval_low"], line["interval_high"]
    if math.isnan(low):
        return str(line["in_interval"])
    places = decimals(line["column"])
    return f"{line['in_interval']} ({fixed(low, places)} to {fixed(high, places)})"


def _beside(line: Mapping[str, Any], marks: Mapping[str, str]) -> str:
    star = f" {_OUTSIDE}" if line["in_interval"] == "no" and not line["misprint"] else ""
    return f"{fixed(line['mean'], decimals(line['column']))} ({_printed(line, marks)}){star}"


def _epochs(epochs: float, paper: float) -> str:
    return f"{epochs:g}" + ("" if math.isnan(paper) or math.isclose(epochs, paper) else f" of {paper:g}")


def _row_name(number: str, label: str) -> str:
    return f"{number}: {shown_label(label)}"


def _misprint_marks(frame: pd.DataFrame) -> dict[str, str]:
    """Letters of the reasons for which printed values of some lines cannot be right."""
    reasons = dict.fromkeys(reason for reason in frame["misprint"] if reason)
    return dict(zip(reasons, "abcdefghijklmnopqrstuvwxyz", strict=False))


def _misprint_notes(marks: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(mark, f"Probably a misprint. {reason}") for reason, mark in marks.items()]


def _run_tables(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    run = set(frame.loc[frame["status"] != "not run", "table"])
    numbers = list(dict.fromkeys(frame["table"]))
    return [number for number in numbers if number in run], [number for number in numbers if number not in run]


def _printed(line: Mapping[str, Any], marks: Mapping[str, str]) -> str:
    mark = marks.get(line["misprint"], "")
    return fixed(line["printed"], decimals(line["column"])) + (f" {mark}" if mark else "")


def _interval(line: Mapping[str, Any], name: str) -> str:
    value, low, high = line[name], line[f"{name}_low"], line[f"{name}_high"]
    text = signed(value, 2)
    return text if math.isnan(low) else f"{text} [{signed(low, 2)}, {signed(high, 2)}]"
