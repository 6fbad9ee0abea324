"""The settings of a grid, ranked by their distance to a printed table, and on data that did not choose them."""

import math

import pandas as pd

from gengap.analysis.grid_ranking import OPTION, held_out_labels, settings_table, varied_options, with_held_out
from gengap.config.plan import Plan
from gengap.config.subjects import choosing_grids, grid_subject
from gengap.exhibits.needs import PRINTED_RESULTS, Files, Needs, Subject, runs_of
from gengap.paper.printed import PAPER_EPOCHS, read_printed_results
from gengap.render.captions import PAPER, shown_label, value_range
from gengap.render.exhibit import Table
from gengap.render.numbers import ABSENT, fixed

KIND = "table"

# Settings that are shown; the others stand in the CSV file.
SHOWN = 12
_ERROR = "test_error_percent at "
_DEFAULT = "*"


def needs(plan: Plan) -> dict[str, Needs]:
    """One for each grid that chooses among its settings, with the grids that are held out for it."""
    found = {}
    for grid, held_out in choosing_grids(plan).items():
        grids = [grid_subject(plan, one) for one in (grid, *held_out)]
        subject = {"grid": grids[0], "held_out": grids[1:]}
        found[f"settings_{grid}"] = Needs(subject, {"metrics": runs_of(grids)}, printed=PRINTED_RESULTS)
    return found


def make(subject: Subject, files: Files) -> Table:
    """The nearest settings, the one that the experiment has without its grid, and the farthest."""
    grid, others = subject["grid"], subject["held_out"]
    frame, *judging = (settings_table(one) for one in files.loaded([grid, *others]))
    held_out = held_out_labels(grid, others)
    frame = with_held_out(frame, dict(zip(held_out, judging, strict=True)))
    printed = read_printed_results(grid["judged_against"]) if grid["judged_against"] else {}
    options = varied_options(frame)
    labels = [column.removeprefix(_ERROR) for column in frame if column.startswith(_ERROR)]
    distances = ["distance", "distance_errors", "distance_losses"] if "distance" in frame else []
    header = ["Rank", *map(_word, options)]
    header += ["Distance", "of errors", "of losses"][: len(distances)]
    header += [f"{of}, {_word(label)}" for label in held_out for of in ("Distance", "Rank")]
    header += [f"Test error at {shown_label(label)}" for label in labels]
    rows = []
    if printed:
        known = [fixed(printed.get(label, {}).get("test_error_percent", math.nan), 2) for label in labels]
        rows.append(["print", *[ABSENT] * (len(header) - 1 - len(labels)), *known])
    shown = frame[(frame["rank"] < SHOWN) | frame["is_default"] | (frame["rank"] == len(frame))]
    for line in shown.to_dict("records"):
        row = [f"{line['rank']}{_DEFAULT if line['is_default'] else ''}", *(line[column] for column in options)]
        row += [_distance(line[column]) for column in distances]
        for label in held_out:
            row += [_distance(line[f"distance: {label}"]), fixed(line[f"rank: {label}"], 0)]
        errors = [line[f"{_ERROR}{label}"] for label in labels]
        rows.append(row + ["diverged" if math.isnan(error) else fixed(error, 2) for error in errors])
    note = (_DEFAULT, "What the experiment's recipe, variant and treatment say without the grid.")
    notes = [note] if frame["is_default"].any() else []
    title = f"Settings of {grid['title']}: {', '.join(map(_word, options))}"
    return Table(title, _caption(grid["judged_against"], frame, len(shown)), header, rows, notes, data=frame)


def _word(name: str) -> str:
    """An option or a grid as readers see it."""
    return name.removeprefix(OPTION).replace("_", " ")


def _distance(value: float) -> str:
    """A distance to the print, which is infinite where a setting diverged."""
    return "diverged" if math.isinf(value) else fixed(value, 3)


def _caption(number: str | None, frame: pd.DataFrame, shown: int) -> str:
    epochs = value_range(frame["epochs"])
    if number and epochs != str(PAPER_EPOCHS[number]):
        epochs += f", of the paper's {PAPER_EPOCHS[number]}"
    ranked = "Settings are ranked by their mean test error."
    if number:
        ranked = (
            f"Distance to Table {number} of {PAPER}: root mean square of (measured − printed)/scale over all rows that"
            " were run and the four printed columns. The scale of a column is its printed range. Misprints and columns"
            " that do not vary are left out. 0 is the print itself, 1 as far as the paper's smallest from its largest"
            " value. Where settings were run on other data, too, the choice is judged there."
        )
    return f"{ranked} {shown} of {len(frame)} settings are shown; the CSV file has all. Epochs: {epochs}."
