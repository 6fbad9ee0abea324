"""How near the settings of a grid come to a printed table, all of its columns at once."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis.over_seeds import results_table
from gengap.paper.printed import (
    PRINTED_COLUMNS,
    Misprints,
    PrintedRows,
    read_misprints,
    read_printed_results,
    row_label,
)

ERRORS, LOSSES = PRINTED_COLUMNS[:2], PRINTED_COLUMNS[2:]
# Columns of a frame of settings that are options of the grid.
OPTION = "option: "


def settings_table(grid: Mapping[str, Any], printed_path: str | Path, misprints_path: str | Path) -> pd.DataFrame:
    """One line for each setting of a grid, the best first: nearest to the print, or of the smallest mean test error.

    Args:
        grid: `judged_against` (number of a printed table, or `None`) and `settings`, each with its `setting` (value by
            option), `is_default` (whether it only repeats what the experiment has without its grid) and `rows`, as
            `results_table` takes them.
        printed_path: the printed values.
        misprints_path: the printed values that cannot be right.

    Returns:
        The columns `option: <name>` (values as text), `is_default`, `seeds` and `diverged` (runs of all rows),
        `epochs`, `mean_test_error` (over all rows, in percent), `distance`, `distance_errors`, `distance_losses` (see
        `distance`; absent without `judged_against`), `<metric> at <row>` for every row and metric of the paper's
        columns (errors in percent, losses in nats) and `rank`, from 1.
    """
    number = grid["judged_against"]
    printed = read_printed_results(printed_path, number) if number else {}
    misprints = read_misprints(misprints_path, number) if number else {}
    frame = pd.DataFrame([_line(entry, printed, misprints, judged=bool(number)) for entry in grid["settings"]])
    frame = frame.sort_values(score(frame), kind="stable", ignore_index=True)
    return frame.assign(rank=np.arange(1, len(frame) + 1))


def scales(printed: PrintedRows, misprints: Misprints) -> dict[str, float]:
    """Range of each printed column over the rows of its table, without misprints; one that does not vary is absent."""
    found = {}
    for column in PRINTED_COLUMNS:
        values = [row[column] for label, row in printed.items() if (label, column) not in misprints]
        if values and max(values) > min(values):
            found[column] = max(values) - min(values)
    return found


def distance(
    measured: Mapping[str, Mapping[str, float]],
    printed: PrintedRows,
    misprints: Misprints,
    columns: Sequence[str] = PRINTED_COLUMNS,
) -> float:
    """Root mean square of (measured - printed)/scale over all rows and columns that both have.

    The scale of a column is its printed range (`scales`), so a distance of 1 is as far as the paper's smallest from its
    largest value. Misprints are left out. Infinite where a measured value is missing, as it is when a run diverged;
    NaN where nothing can be compared.

    Args:
        measured: value by row label and column.
        printed: as `read_printed_results` returns them.
        misprints: as `read_misprints` returns them.
        columns: columns to compare.
    """
    units = scales(printed, misprints)
    deviations = [
        (row[column] - printed[label][column]) / units[column]
        for label, row in measured.items()
        if label in printed
        for column in columns
        if column in units and (label, column) not in misprints
    ]
    if not deviations:
        return math.nan
    return math.inf if any(map(math.isnan, deviations)) else math.sqrt(float(np.mean(np.square(deviations))))


def score(frame: pd.DataFrame) -> str:
    """The column that settings are ranked by."""
    return "distance" if "distance" in frame else "mean_test_error"


def varied_options(frame: pd.DataFrame) -> list[str]:
    """Columns of the options of which more than one value was run; all options if none was varied."""
    options = [column for column in frame if column.startswith(OPTION)]
    return [column for column in options if (frame[column] != frame[column].iloc[0]).any()] or options


def held_out_of(frame: pd.DataFrame) -> list[str]:
    """Labels of the held-out grids of a frame of `with_held_out`."""
    return [column.removeprefix("distance: ") for column in frame if column.startswith("distance: ")]


def held_out_labels(grid: Mapping[str, Any], held_out: Sequence[Mapping[str, Any]]) -> list[str]:
    """What readers call the grids that are held out for `grid`, by what they have that it has not.

    Their data sets if no two of all these grids share one, else their titles; a title that is that of `grid` too gives
    way to the batch sizes.
    """
    datasets = {other["dataset"] for other in held_out}
    if len(datasets) == len(held_out) and grid["dataset"] not in datasets:
        return [other["dataset"] for other in held_out]
    return [_batch_sizes(other) if other["title"] == grid["title"] else other["title"] for other in held_out]


def with_held_out(frame: pd.DataFrame, held_out: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The frame with `distance: <label>` and `rank: <label>` of the same settings on data that did not choose them.

    Settings that were not run there have none.

    Args:
        frame: what `settings_table` returns for the grid that chooses.
        held_out: the same for each grid that judges, by what readers call it.
    """
    options = [column for column in frame if column.startswith(OPTION)]
    for label, other in held_out.items():
        names = {"distance": f"distance: {label}", "rank": f"rank: {label}"}
        frame = frame.merge(other[[*options, *names]].rename(columns=names), on=options, how="left")
        frame[names["rank"]] = frame[names["rank"]].rank()  # among the settings that both have
    return frame


def setting_text(value: Any) -> str:
    """A value of an option for readers."""
    if value is None or value == []:
        return "none"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _batch_sizes(grid: Mapping[str, Any]) -> str:
    sizes = sorted({size for entry in grid["settings"] for size in entry["batch_sizes"]})
    if len(sizes) == 1:
        return f"batch size {sizes[0]}"
    return f"batch sizes {', '.join(map(str, sizes[:-1]))} and {sizes[-1]}"


def _line(entry: Mapping[str, Any], printed: PrintedRows, misprints: Misprints, *, judged: bool) -> dict[str, Any]:
    table = results_table(entry["rows"]).to_dict("records")
    measured = {
        row_label(row["batch_size"]): {column: row[f"{column}_mean"] for column in PRINTED_COLUMNS} for row in table
    }
    line: dict[str, Any] = {f"{OPTION}{name}": setting_text(value) for name, value in entry["setting"].items()}
    line["is_default"] = entry["is_default"]
    line |= {name: sum(row[name] for row in table) for name in ("seeds", "diverged")}
    line["epochs"] = max(row["epochs"] for row in table)
    # A diverged row makes it missing, and missing values are sorted last.
    line["mean_test_error"] = float(np.mean([row["test_error_percent_mean"] for row in table]))
    if judged:
        line["distance"] = distance(measured, printed, misprints)
        line["distance_errors"] = distance(measured, printed, misprints, ERRORS)
        line["distance_losses"] = distance(measured, printed, misprints, LOSSES)
    return line | {f"{column} at {label}": row[column] for label, row in measured.items() for column in PRINTED_COLUMNS}
