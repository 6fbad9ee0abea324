"""How near the settings of a grid come to a printed table, all of its columns at once."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis.against_print import beside_print
from gengap.analysis.over_seeds import results_table
from gengap.paper.printed import PRINTED_COLUMNS, row_label

ERRORS, LOSSES = PRINTED_COLUMNS[:2], PRINTED_COLUMNS[2:]
# Columns of a frame of settings that are options of the grid.
OPTION = "option: "


def settings_table(grid: Mapping[str, Any]) -> pd.DataFrame:
    """One line for each setting of a grid, the best first: nearest to the print, or of the smallest mean test error.

    Args:
        grid: `judged_against` (number of a printed table, or `None`) and `settings`, each with its `setting` (value by
            option), `is_default` (whether it only repeats what the experiment has without its grid) and `rows`, as
            `results_table` takes them.

    Returns:
        The columns `option: <name>` (values as text), `is_default`, `seeds` and `diverged` (runs of all rows),
        `epochs`, `mean_test_error` (over all rows, in percent), `distance`, `distance_errors`, `distance_losses` (see
        `distance`; absent without `judged_against`), `<metric> at <row>` for every row and metric of the paper's
        columns (errors in percent, losses in nats) and `rank`, from 1.
    """
    frame = pd.DataFrame([_line(entry, grid["judged_against"]) for entry in grid["settings"]])
    score = "distance" if grid["judged_against"] else "mean_test_error"
    frame = frame.sort_values(score, kind="stable", ignore_index=True)
    return frame.assign(rank=np.arange(1, len(frame) + 1))


def _line(entry: Mapping[str, Any], number: str | None) -> dict[str, Any]:
    table = results_table(entry["rows"])
    line: dict[str, Any] = {f"{OPTION}{name}": setting_text(value) for name, value in entry["setting"].items()}
    line |= {"is_default": entry["is_default"], "seeds": table["seeds"].sum(), "diverged": table["diverged"].sum()}
    # A diverged row makes it missing, and missing values are sorted last.
    line |= {"epochs": table["epochs"].max(), "mean_test_error": table["test_error_percent_mean"].mean(skipna=False)}
    if number:
        beside = beside_print(number, table)
        line |= {"distance": distance(beside), "distance_errors": distance(beside, ERRORS)}
        line["distance_losses"] = distance(beside, LOSSES)
    for row in table.to_dict("records"):
        line |= {f"{name} at {row_label(row['batch_size'])}": row[f"{name}_mean"] for name in PRINTED_COLUMNS}
    return line


def distance(beside: pd.DataFrame, columns: Sequence[str] = PRINTED_COLUMNS) -> float:
    """Root mean square of (measured - printed)/scale over all rows that were run and some columns.

    The scale of a column is its printed range, so a distance of 1 is as far as the paper's smallest from its largest
    value. Misprints are left out, and columns that do not vary. Infinite where a run diverged; NaN where nothing can be
    compared.

    Args:
        beside: what `beside_print` returns.
        columns: columns to compare.
    """
    printed = beside[(beside["misprint"] == "") & beside["column"].isin(columns)]
    scale = printed.groupby("column")["printed"].transform(np.ptp)
    run = (printed["status"] != "not run") & (scale > 0)
    deviations = (printed["difference"] / scale)[run]
    if not len(deviations):
        return math.nan
    return math.inf if deviations.isna().any() else math.sqrt((deviations**2).mean())


def varied_options(frame: pd.DataFrame) -> list[str]:
    """Columns of the options of which more than one value was run; all options if none was varied."""
    options = [column for column in frame if column.startswith(OPTION)]
    return [column for column in options if (frame[column] != frame[column].iloc[0]).any()] or options


def held_out_labels(grid: Mapping[str, Any], held_out: Sequence[Mapping[str, Any]]) -> list[str]:
    """What readers call the grids that are held out for `grid`: by their data sets, or else by their names."""
    datasets = [one["dataset"] for one in (grid, *held_out)]
    return [one["dataset" if len({*datasets}) == len(datasets) else "grid"] for one in held_out]


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
