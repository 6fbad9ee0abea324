"""The settings of a grid, ranked by their distance to a printed table, and on data that did not choose them."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gengap.analysis.grid_ranking import (
    OPTION,
    held_out_labels,
    held_out_of,
    settings_table,
    varied_options,
    with_held_out,
)
from gengap.config.plan import Plan
from gengap.config.subjects import choosing_grids, grid_subject
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs, runs_of
from gengap.paper.printed import MISPRINTS, PAPER_EPOCHS, PRINTED_RESULTS, PrintedRows, read_printed_results
from gengap.render.captions import PAPER, shown_label
from gengap.render.exhibit import Table
from gengap.render.numbers import ABSENT, fixed

KIND = "table"

# Settings that are shown; the others stand in the CSV file.
SHOWN = 12
_ERROR = "test_error_percent at "
_DEFAULT = "*"


def needs(plan: Plan) -> dict[str, Needs]:
    """One for each grid that chooses among its settings."""
    return {f"settings_{grid}": of_grid(plan, grid) for grid in choosing_grids(plan)}


def of_grid(plan: Plan, grid: str) -> Needs:
    """What tables on a grid are made of: its settings, and those of the grids that are held out for it."""
    grids = [with_rows(plan, one) for one in [grid, *choosing_grids(plan)[grid]]]
    runs = runs_of(*(setting["rows"] for one in grids for setting in one["settings"]))
    subject = {"grid": grids[0], "held_out": grids[1:]}
    return Needs(subject, metrics=runs, printed=("tables_1_to_11.csv", "misprints.csv"))


def with_rows(plan: Plan, grid: str) -> dict[str, Any]:
    """What a grid is about, with the rows of each of its settings."""
    subject = grid_subject(plan, grid)
    settings = [
        setting | {"rows": plan.rows(setting["name"], setting["batch_sizes"], setting["seeds"])}
        for setting in subject["settings"]
    ]
    return subject | {"settings": settings}


def loaded(grid: Mapping[str, Any], files: Files) -> dict[str, Any]:
    """The same with the metrics of all rows, as `results_table` takes them."""
    return {**grid, "settings": [{**setting, "rows": files.rows(setting["rows"])} for setting in grid["settings"]]}


def settings(subject: Mapping[str, Any], files: Files) -> pd.DataFrame:
    """One line per setting, as `settings_table` and `with_held_out` return it."""
    grid, *held_out = [loaded(one, files) for one in (subject["grid"], *subject["held_out"])]
    tables = [settings_table(one, PRINTED_RESULTS, MISPRINTS) for one in (grid, *held_out)]
    return with_held_out(tables[0], dict(zip(held_out_labels(grid, held_out), tables[1:], strict=True)))


def make(name: str, subject: Mapping[str, Any], files: Files) -> Table:
    """The nearest settings, the one that the experiment has without its grid, and the farthest."""
    frame, grid = settings(subject, files), subject["grid"]
    printed = read_printed_results(PRINTED_RESULTS, grid["judged_against"]) if grid["judged_against"] else {}
    options = varied_options(frame)
    labels = [column.removeprefix(_ERROR) for column in frame if column.startswith(_ERROR)]
    held_out = held_out_of(frame)
    distances = ["distance", "distance_errors", "distance_losses"] if "distance" in frame else []
    header = ["Rank", *map(_word, options)]
    header += ["Distance", "of errors", "of losses"][: len(distances)]
    header += [text for label in held_out for text in (f"Distance, {label}", f"Rank, {label}")]
    header += [f"Test error at {shown_label(label)}" for label in labels]
    rows = []
    if any(label in printed for label in labels):
        empty = [ABSENT] * (len(header) - 1 - len(labels))
        rows.append(["print", *empty, *(_printed(printed, label) for label in labels)])
    shown = frame[(frame["rank"] < SHOWN) | frame["is_default"] | (frame["rank"] == len(frame))]
    for line in shown.to_dict("records"):
        row = [f"{line['rank']}{_DEFAULT if line['is_default'] else ''}", *(line[column] for column in options)]
        row += [distance_text(line[column]) for column in distances]
        for label in held_out:
            rank = line[f"rank: {label}"]
            row += [distance_text(line[f"distance: {label}"]), ABSENT if math.isnan(rank) else f"{rank:.0f}"]
        rows.append(row + [_error(line, label) for label in labels])
    notes = []
    if frame["is_default"].any():
        notes.append((_DEFAULT, "What the experiment's recipe, variant and treatment say without the grid."))
    title = f"Settings of {grid['title']}: {words(options)}"
    return Table(title, _caption(grid, frame, held_out, len(shown)), header, rows, notes, data=frame)


def words(options: Sequence[str]) -> str:
    """Options as readers know them."""
    return ", ".join(map(_word, options))


def _word(option: str) -> str:
    """The name of a column of an option as readers see it."""
    return option.removeprefix(OPTION).replace("_", " ")


def _caption(grid: Mapping[str, Any], frame: pd.DataFrame, held_out: list[str], shown: int) -> str:
    number = grid["judged_against"]
    parts = []
    if number:
        parts.append(
            f"Distance to Table {number} of {PAPER}: root mean square of (measured − printed)/scale over all rows that"
            " were run and the four printed columns, train and test error and train and test loss; the scale of a"
            " column is its printed range from the smallest to the largest value, and misprints and columns that do"
            " not vary are left out. 0 is the print itself, 1 as far as the paper's smallest from its largest value."
        )
        if held_out:
            parts.append(f"The settings are ranked here; the choice is then judged on {' and on '.join(held_out)}.")
    else:
        parts.append("Settings are ranked by their mean test error over all batch sizes.")
    parts.append(f"{shown} of {len(frame)} settings are shown; the CSV file has all, with all columns.")
    epochs = " to ".join(f"{value:g}" for value in sorted({frame["epochs"].min(), frame["epochs"].max()}))
    paper = PAPER_EPOCHS[number] if number else None
    parts.append(f"Epochs: {epochs}" + ("." if paper is None or epochs == str(paper) else f", of the paper's {paper}."))
    return " ".join(parts)


def distance_text(value: float) -> str:
    """A distance to the print, which is infinite where a setting diverged."""
    return "diverged" if math.isinf(value) else fixed(value, 3)


def _error(line: Mapping[str, Any], label: str) -> str:
    value = line[f"{_ERROR}{label}"]
    return "diverged" if math.isnan(value) else fixed(value, 2)


def _printed(printed: PrintedRows, label: str) -> str:
    return fixed(printed[label]["test_error_percent"], 2) if label in printed else ABSENT
