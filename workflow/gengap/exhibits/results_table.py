"""Tables 1 to 11, and a user's own: what trainings end with, and the printed values below the measured ones."""

import math
from collections.abc import Mapping
from typing import Any

from gengap.analysis.against_print import beside_print
from gengap.analysis.over_seeds import results_table
from gengap.config.plan import Plan
from gengap.config.subjects import result_tables
from gengap.exhibits.needs import PRINTED_RESULTS, Files, Needs, Subject, runs_of
from gengap.paper.printed import row_label
from gengap.render.captions import COLUMN_LABELS, diverged_note, misprint_marks, results_caption, shown_label
from gengap.render.exhibit import Cell, Table
from gengap.render.numbers import ABSENT, decimals, fixed, signed, spread

KIND = "table"

_DIVERGED = "†"


def needs(plan: Plan) -> dict[str, Needs]:
    """One for each table of an experiment."""
    return {
        f"table_{table['number']}": Needs(table, {"metrics": runs_of(table)}, PRINTED_RESULTS)
        for table in result_tables(plan)
    }


def make(subject: Subject, files: Files) -> Table:
    """A row for each batch size: means over the seeds, their deviations, and the parts of the loss."""
    table = results_table(files.loaded(subject["rows"]))
    lines = beside_print(subject["number"], table).to_dict("records") if subject["reproduces_paper"] else []
    run = [line for line in lines if line["status"] != "not run"]
    marks = misprint_marks(line["misprint"] for line in run)
    printed = {(line["batch_size"], line["column"]): line for line in run}
    rows = []
    for row in table.to_dict("records"):
        label = Cell(shown_label(row["batch_size"]), mark=_DIVERGED if row["diverged"] else "")
        of_row = row_label(row["batch_size"])
        rows.append(
            [label, *(_compared(row, column, printed.get((of_row, column)), marks) for column in COLUMN_LABELS)]
        )
    diverged = diverged_note(table)
    return Table(
        title=subject["title"],
        caption=results_caption(table, subject),
        header=("Batch size", *COLUMN_LABELS.values()),
        rows=rows,
        notes=[
            *([(_DIVERGED, diverged)] if diverged else []),
            *((mark, f"Probably a misprint. {reason}") for reason, mark in marks.items()),
        ],
        number=subject["number"],
        data=table,
    )


def _compared(row: Mapping[str, Any], column: str, line: Mapping[str, Any] | None, marks: Mapping[str, str]) -> Cell:
    measured = _measured(row, column)
    if line is None:
        return Cell(measured)
    places = decimals(column)
    printed = fixed(line["printed"], places) + _unit(column)
    difference = signed(line["difference"], places)
    below = printed if difference == ABSENT else f"{printed} ({difference})"
    return Cell(measured, below=below, mark=marks.get(line["misprint"], ""))


def _measured(row: Mapping[str, Any], column: str) -> str:
    mean, deviation = row[f"{column}_mean"], row[f"{column}_std"]
    if math.isnan(mean):
        return "diverged"
    return spread(mean, math.nan if column == "updates" else deviation, decimals(column)) + _unit(column)


def _unit(column: str) -> str:
    return "%" if column.endswith("_percent") else ""
