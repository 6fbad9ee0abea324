"""Published studies: the settings of grids, ranked by their distance to a printed table."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gengap.config import Plan
from gengap.config.subjects import grid_subject
from gengap.published.contents import Contents
from gengap.published.runs import Runs, plain_rows, read_run
from gengap.results.settings_files import write_settings

Rows = Sequence[Mapping[str, Any]]


def take_grid(planned: Plan, grid: str, results: Path, contents: Contents, runs: Runs) -> str:
    """Take the settings of a grid of which every training may be published.

    Args:
        planned: what the run was asked for.
        grid: its name.
        results: folder of the workflow's results.
        contents: gains the grid.
        runs: gain its trainings.

    Returns:
        A line on what was taken, or why nothing.
    """
    subject = grid_subject(planned, grid)
    number = subject["judged_against"]
    if number is None:
        return f"Grid {grid}: not taken, since it is judged against no printed table."
    taken = []
    for setting in subject["settings"]:
        rows = planned.rows(setting["name"], setting["batch_sizes"])
        of_setting = [read_run(results, key, number) for row in rows for key in row["runs"]]
        if all(run.published for run in of_setting):
            taken.append(setting | {"rows": plain_rows(rows)})
            runs.add(of_setting)
    if taken:
        chooser = planned.config["experiments"][grid].get("held_out_for")
        contents.grids[grid] = subject | {"settings": taken, "held_out_for": chooser}
    return f"Grid {grid}: {len(taken)} of {len(subject['settings'])} settings are of full length and taken."


def write_grids(contents: Contents, measured_rows: Callable[[Mapping[str, Any]], Rows], folder: Path) -> None:
    """Write the tables of every published grid that chooses.

    Args:
        contents: what is published.
        measured_rows: gives the rows of a setting, with the files of their metrics.
        folder: of the items.
    """
    grids = {
        name: grid | {"settings": [setting | {"rows": measured_rows(setting)} for setting in grid["settings"]]}
        for name, grid in contents.grids.items()
    }
    for name, grid in grids.items():
        if grid["held_out_for"] not in grids:
            held_out = [other for other in grids.values() if other["held_out_for"] == name]
            write_settings(name, grid, held_out, folder)
