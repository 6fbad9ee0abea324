"""Published studies: settings of grids, equal epochs beside equal updates, and several widths."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gengap.analysis.equal_updates_files import write_equal_updates
from gengap.config import Plan
from gengap.config.subjects import equal_update_pairs, grid_subject, grid_tables, width_groups
from gengap.published.contents import Contents
from gengap.published.runs import OTHER_DATA, Run, Runs, full_length, joined_rows, plain_rows, united_rows
from gengap.results.settings_files import write_settings

Rows = Sequence[Mapping[str, Any]]

_FEWER = "not taken, since more of it is published than is of full length here."


def take_studies(contents: Contents, runs: Runs) -> Iterator[str]:
    """Take of every study what is whole: settings of grids, pairs of equal epochs and updates, two widths or more.

    Seeds that are published stay beside those of this run. A study that is published with more settings, batch sizes
    or widths than this run has stays as it is. A width whose trainings are published already, with the options of this
    run's, need not be trained again.

    Args:
        contents: gains the studies.
        runs: gain their trainings.

    Yields:
        A line on each study: what was taken of it, or why nothing.
    """
    planned, taker = runs.planned, _Taker(runs.planned, contents, runs)
    pairs, groups = equal_update_pairs(planned), width_groups(planned)
    studies: list[tuple[str, str, Callable[[Any], str], Any]] = [
        (f"Grid {grid}", members[0].dataset, taker.grid, grid) for grid, members in planned.grids.items()
    ]
    studies += [
        (f"{kind} {subject[key]}", planned.experiments[subject[key]].dataset, take, subject)
        for kind, key, take, subjects in (
            ("Equal updates,", "equal", taker.pair, pairs),
            ("Widths of", "experiment", taker.widths, groups),
        )
        for subject in subjects
    ]
    for name, dataset, take, subject in studies:
        yield f"{name}: {OTHER_DATA if full_length(planned, dataset) is None else take(subject)}"


@dataclass(frozen=True)
class _Taker:
    """Takes one study at a time; each method tells what it did."""

    planned: Plan
    contents: Contents
    runs: Runs

    def grid(self, grid: str) -> str:
        """A grid over the epochs is whole where a training has those that its setting names, beside the paper's.

        A setting whose trainings are published need not be trained again.
        """
        subject, taken, found = grid_subject(self.planned, grid), [], []
        before = self.contents.grids.get(grid, {"settings": []})["settings"]
        paper = full_length(self.planned, self.planned.grids[grid][0].dataset)
        for setting in subject["settings"]:
            rows = self.planned.rows(setting["name"], setting["batch_sizes"])
            known, whole = self._known(rows), self._whole(rows, setting["setting"].get("epochs"))
            if known or whole:
                united = united_rows(rows if whole else (), known, self.runs.alike)
                joined = joined_rows(united, _rows_of(before, "setting", setting), self.runs.alike)
                if joined is None:
                    return _FEWER
                taken.append(setting | {"rows": joined})
                found += whole
        if all(entry["setting"].get("epochs", paper) < paper for entry in taken):
            taken, found = [], []
        if _lacks([entry["setting"] for entry in taken], [entry["setting"] for entry in before]):
            return _FEWER
        if taken:
            chooser = self.planned.config["experiments"][grid].get("held_out_for")
            self.contents.grids[grid] = subject | {"settings": taken, "held_out_for": chooser}
            self.runs.add(found)
        return f"{len(taken)} of {len(subject['settings'])} settings are of full length and taken."

    def pair(self, pair: dict[str, Any]) -> str:
        """A pair is whole where its second half has made as many updates as the reference does at full length."""
        normal = self.planned.rows(pair["normal"], [pair["equal_updates_to"], *pair["batch_sizes"]])
        equal = self.planned.rows(pair["equal"], pair["batch_sizes"])
        found = self._whole(normal)
        if found:
            others = self._whole(equal, updates=found[0].metrics["updates"])
            found = [*found, *others] if others else []
        if not found:
            return "not taken, since not all of its trainings are of full length."
        before = self.contents.pairs.get(pair["equal"], {"normal": [], "equal": []})
        halves = (("normal", normal), ("equal", equal))
        rows = {kind: joined_rows(new, before[kind], self.runs.alike) for kind, new in halves}
        if None in rows.values():
            return _FEWER
        names = {"experiment": pair["normal"], "experiment_of_equal_updates": pair["equal"]}
        self.contents.pairs[pair["equal"]] = pair | names | rows
        self.runs.add(found)
        return "taken."

    def widths(self, group: dict[str, Any]) -> str:
        taken, found = [], []
        before = self.contents.widths.get(group["experiment"], {"members": []})["members"]
        for member in group["members"]:
            rows = self.planned.rows(member["experiment"])
            known, whole = self._known(rows), self._whole(rows)
            if known or whole:
                alike = self.runs.alike
                united = united_rows(rows if whole else (), known, alike)
                joined = joined_rows(united, _rows_of(before, "width", member), alike)
                if joined is None:
                    return _FEWER
                taken.append(member | {"rows": joined})
                found += whole
        line = f"{len(taken)} of {len(group['members'])} are of full length"
        if len(taken) < 2:
            return f"{line}, so none is taken."
        if _lacks([member["width"] for member in taken], [member["width"] for member in before]):
            return _FEWER
        self.contents.widths[group["experiment"]] = group | {"members": taken}
        self.runs.add(found)
        return f"{line} and taken."

    def _known(self, rows: Rows) -> list[dict[str, Any]]:
        """The rows with the trainings that are published already, if every one of them has some."""
        known = []
        for row in rows:
            experiment, batch_size, _ = row["runs"][0]
            runs = sorted(run for run in self.runs.known(experiment) if run[1] == batch_size)
            known.append({"label": row["label"], "runs": runs})
        return plain_rows(known) if all(row["runs"] for row in known) else []

    def _whole(self, rows: Rows, epochs: int | None = None, updates: int | None = None) -> list[Run]:
        """The trainings of some rows if every one of them may be published, else none; the rest as in `read_run`."""
        found = [self.runs.read(key, epochs, updates) for row in rows for key in row["runs"]]
        return found if all(run.published for run in found) else []


def _rows_of(entries: Sequence[Mapping[str, Any]], key: str, like: Mapping[str, Any]) -> Rows:
    """Rows of the published setting or width that another one equals; none where it is new."""
    return next((entry["rows"] for entry in entries if entry[key] == like[key]), ())


def _lacks(new: Sequence[Any], old: Sequence[Any]) -> bool:
    return any(entry not in new for entry in old)


def on_common_seeds(grid: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The settings of a grid with the runs of the seeds that all of them have, so that no seed tells them apart.

    They keep all their runs where they share no seed.
    """
    settings = [dict(entry) for entry in grid["settings"]]
    common = set.intersection(*({run[2] for row in entry["rows"] for run in row["runs"]} for entry in settings))
    for entry in settings if common else ():
        runs = [[run for run in row["runs"] if run[2] in common] for row in entry["rows"]]
        entry["rows"] = [row | {"runs": kept} for row, kept in zip(entry["rows"], runs, strict=True) if kept]
    return settings


class Studies:
    """Published studies with the files of their metrics."""

    def __init__(self, contents: Contents, measured_rows: Callable[[Mapping[str, Any]], Rows]) -> None:
        """Find the files.

        Args:
            contents: what is published.
            measured_rows: from a mapping with `rows` of runs to these rows with the files of their metrics.
        """
        self.grids = {
            name: grid | {"settings": [entry | {"rows": measured_rows(entry)} for entry in on_common_seeds(grid)]}
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

        self.judges = contents.choosing_grids()

    def write(self, style: Mapping[str, Any], folder: Path) -> None:
        """Write the tables of every grid that chooses, and the table and figure of equal updates."""
        for name, judges in self.judges.items():
            grid, held_out = self.grids[name], [self.grids[judge] for judge in judges]
            write_settings(name, grid, held_out, grid_tables(name, grid), folder)
        if self.pairs:
            write_equal_updates(self.pairs, style, folder, pdf=False)
