"""Published studies: settings of grids, equal epochs beside equal updates, and several widths."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gengap.config import Plan
from gengap.config.subjects import equal_update_pairs, grid_subject, width_groups
from gengap.published.contents import Contents
from gengap.published.runs import Runs, full_length, plain_rows
from gengap.results.equal_updates import write_equal_updates
from gengap.results.settings_files import write_settings

Rows = Sequence[Mapping[str, Any]]

_OTHER_DATA = "not taken, since its data set is not the official one."


def take_grids(planned: Plan, results: Path, contents: Contents, runs: Runs) -> Iterator[str]:
    """Take the settings of grids of which every training may be published.

    Args:
        planned: what the run was asked for.
        results: folder of the workflow's results.
        contents: gains the grids.
        runs: gain their trainings.

    Yields:
        A line on what was taken of each grid, or why nothing.
    """
    for grid, members in planned.grids.items():
        if full_length(planned, members[0].dataset) is None:
            yield f"Grid {grid}: {_OTHER_DATA}"
            continue
        subject, taken = grid_subject(planned, grid), []
        for setting in subject["settings"]:
            rows = planned.rows(setting["name"], setting["batch_sizes"])
            if runs.take_whole(planned, results, rows):
                taken.append(setting | {"rows": plain_rows(rows)})
        if taken:
            chooser = planned.config["experiments"][grid].get("held_out_for")
            contents.grids[grid] = subject | {"settings": taken, "held_out_for": chooser}
        yield f"Grid {grid}: {len(taken)} of {len(subject['settings'])} settings are of full length and taken."


def take_pairs(planned: Plan, results: Path, contents: Contents, runs: Runs) -> Iterator[str]:
    """Take trainings of equal epochs beside those of equal updates, whole pairs only; see `take_grids`."""
    for pair in equal_update_pairs(planned):
        name = f"Equal updates, {pair['normal']}"
        if full_length(planned, planned.experiments[pair["normal"]].dataset) is None:
            yield f"{name}: {_OTHER_DATA}"
            continue
        normal = planned.rows(pair["normal"], [pair["equal_updates_to"], *pair["batch_sizes"]])
        equal = planned.rows(pair["equal"], pair["batch_sizes"])
        if runs.take_whole(planned, results, [*normal, *equal]):
            names = {"experiment": pair["normal"], "experiment_of_equal_updates": pair["equal"]}
            rows = {"normal": plain_rows(normal), "equal": plain_rows(equal)}
            contents.pairs[pair["normal"]] = pair | names | rows
            yield f"{name}: taken."
        else:
            yield f"{name}: not taken, since not all of its trainings are of full length."


def take_widths(planned: Plan, results: Path, contents: Contents, runs: Runs) -> Iterator[str]:
    """Take the widths of which every training may be published, if these are two or more; see `take_grids`."""
    for group in width_groups(planned):
        name = f"Widths of {group['experiment']}"
        if full_length(planned, planned.experiments[group["experiment"]].dataset) is None:
            yield f"{name}: {_OTHER_DATA}"
            continue
        members = [member | {"rows": plain_rows(planned.rows(member["experiment"]))} for member in group["members"]]
        taken = [member for member in members if runs.take_whole(planned, results, member["rows"])]
        if len(taken) > 1:
            contents.widths[group["experiment"]] = group | {"members": taken}
        yield f"{name}: {len(taken)} of {len(members)} are of full length" + (
            " and taken." if len(taken) > 1 else ", so none is taken."
        )


class Studies:
    """Published studies with the files of their metrics."""

    def __init__(self, contents: Contents, measured_rows: Callable[[Mapping[str, Any]], Rows]) -> None:
        """Find the files.

        Args:
            contents: what is published.
            measured_rows: from a mapping with `rows` of runs to these rows with the files of their metrics.
        """
        self.grids = {
            name: grid | {"settings": [setting | {"rows": measured_rows(setting)} for setting in grid["settings"]]}
            for name, grid in contents.grids.items()
        }
        self.pairs = [
            pair | {kind: measured_rows({"rows": pair[kind]}) for kind in ("normal", "equal")}
            for pair in contents.pairs.values()
        ]
        self.widths = [
            group | {"members": [member | {"rows": measured_rows(member)} for member in group["members"]]}
            for group in contents.widths.values()
        ]

    def write(self, folder: Path) -> None:
        """Write the tables of every grid that chooses, and that of equal updates."""
        for name, grid in self.grids.items():
            if grid["held_out_for"] not in self.grids:
                held_out = [other for other in self.grids.values() if other["held_out_for"] == name]
                write_settings(name, grid, held_out, folder)
        if self.pairs:
            write_equal_updates(self.pairs, folder)
