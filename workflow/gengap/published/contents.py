"""What is published: which tables and figures, and the files that hold their numbers.

A folder of published numbers has

- `contents.json`: the tables, figures and studies, with what their rules know of them;
- `metrics.csv`: a row for every training that a published table or study needs, with its status;
- `provenance.csv`: where each of the published trainings comes from;
- `counts/<experiment>.csv`: singular values below thresholds, as the workflow wrote them;
- `networks/<measurement>/<experiment>.csv`: what else the audit needs of networks;
- `untrained/<experiment>.csv`: counts of networks that were never trained, and `untrained/provenance.csv`;
- `random_matrices/<law>/<rows>x<columns>.csv` and `histograms.csv`, likewise;
- `random_matrices/provenance.csv`: where these come from.

All else in it is made from these files.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gengap.errors import UserError
from gengap.files import write_json

# The paper's, of its figures of near-rank loss; counts without them are not published.
THRESHOLDS = (1e-4, 1e-5)

PUBLISHED, SHORTENED, MISSING = "published", "shortened", "missing"

Size = tuple[int, int]


@dataclass
class Contents:
    """Tables and figures by number, and the experiments that they are about by name.

    A table of results has `item` (the parameters of its rule), its `experiment` and `rows`, each with `label` and
    `runs`, lists of (experiment, batch size, seed); a table or figure of random matrices has `item` and `sizes`; a
    figure of near-rank loss has `item`. An experiment has `title`, `network`, `options` and whether its spectra are
    `measured`, at the paper's thresholds at least. A grid has what `grid_subject` knows of it, the name of the grid
    that it is `held_out_for` or `None`, and the `rows` of each of its settings. A pair of equal epochs and updates (by
    the name of the second) has the rows `normal` and `equal`; a group of widths (by its experiment) the `rows` of each
    of its `members`. Of `untrained` experiments, `title` and the `options` of the network.
    """

    tables: dict[str, dict[str, Any]] = field(default_factory=dict)
    figures: dict[str, dict[str, Any]] = field(default_factory=dict)
    experiments: dict[str, dict[str, Any]] = field(default_factory=dict)
    grids: dict[str, dict[str, Any]] = field(default_factory=dict)
    pairs: dict[str, dict[str, Any]] = field(default_factory=dict)
    widths: dict[str, dict[str, Any]] = field(default_factory=dict)
    untrained: dict[str, dict[str, Any]] = field(default_factory=dict)

    def any(self) -> bool:
        """Whether anything is published."""
        return any((self.tables, self.grids, self.pairs, self.widths, self.untrained))

    def trainings(self) -> set[tuple[str, int, int]]:
        """Experiment, batch size and seed of every training that something here shows."""
        parts = [*self.results(), *(entry for grid in self.grids.values() for entry in grid["settings"])]
        parts += [{"rows": [*pair["normal"], *pair["equal"]]} for pair in self.pairs.values()]
        parts += [member for group in self.widths.values() for member in group["members"]]
        return {tuple(run) for part in parts for row in part["rows"] for run in row["runs"]}

    def choosing_grids(self) -> dict[str, list[str]]:
        """Grids that choose among settings, two or more, each with the grids that are held out for it."""
        return {
            name: [other for other, judge in self.grids.items() if judge["held_out_for"] == name]
            for name, grid in self.grids.items()
            if grid["held_out_for"] not in self.grids and len(grid["settings"]) > 1
        }

    def forget(self, experiment: str) -> None:
        """Leave out what is shown of an experiment whose trainings are about to be replaced by others."""
        self.experiments.pop(experiment, None)
        self.untrained.pop(experiment, None)
        self.tables = {number: part for number, part in self.tables.items() if part.get("experiment") != experiment}
        for table in self.results():
            for row in table["rows"]:
                row["runs"] = [run for run in row["runs"] if run[0] != experiment]
            table["rows"] = [row for row in table["rows"] if row["runs"]]
        self._forget_studies_of(experiment)

    def _forget_studies_of(self, experiment: str) -> None:

        def without(parts: Sequence[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
            return [part for part in parts if part[name] != experiment]

        grids = {name: grid | {"settings": without(grid["settings"], "name")} for name, grid in self.grids.items()}
        self.grids = {name: grid for name, grid in grids.items() if grid["settings"]}
        names = ("experiment", "experiment_of_equal_updates")
        self.pairs = {key: pair for key, pair in self.pairs.items() if experiment not in [pair[name] for name in names]}
        widths = {
            name: group | {"members": without(group["members"], "experiment")} for name, group in self.widths.items()
        }
        self.widths = {
            name: group for name, group in widths.items() if name != experiment and len(group["members"]) > 1
        }

    def forget_figures_without_counts(self) -> None:
        """Leave out figures of near-rank loss that show an experiment whose spectra are not published."""
        shown = {
            number: {panel["experiment"] for panel in figure["item"].get("panels", [])}
            for number, figure in self.figures.items()
        }
        self.figures = {name: part for name, part in self.figures.items() if shown[name] <= set(self.measured())}

    def laws(self) -> list[Mapping[str, Any]]:
        """The tables of random matrices."""
        return [table for table in self.tables.values() if "sizes" in table]

    def share_seeds(self) -> None:
        """Give a row of one table, such as a baseline, all seeds that another table has of the same training."""
        seeds: dict[tuple[str, int], list[list[Any]]] = {}
        for run in (run for table in self.results() for row in table["rows"] for run in row["runs"]):
            known = seeds.setdefault((run[0], run[1]), [])
            known += [] if run in known else [run]
        for row in (row for table in self.results() for row in table["rows"]):
            row["runs"] = sorted(
                run for key in dict.fromkeys((run[0], run[1]) for run in row["runs"]) for run in seeds[key]
            )

    def results(self) -> list[dict[str, Any]]:
        """The tables of trainings."""
        return [table for table in self.tables.values() if "rows" in table]

    def measured(self) -> list[str]:
        """The experiments whose spectra are published."""
        return [name for name, experiment in self.experiments.items() if experiment["measured"]]


def read_contents(folder: Path) -> Contents:
    """What a folder publishes; nothing where there is no such folder yet.

    Raises:
        UserError: its list of contents cannot be read.
    """
    path = folder / "contents.json"
    if not path.is_file():
        return Contents()
    try:
        return Contents(**json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise UserError(f"{path} cannot be read ({error}); restore it from the repository.") from error


def write_contents(contents: Contents, folder: Path) -> None:
    """Write `contents.json`, in the order of the paper."""
    parts = {"tables": contents.tables, "figures": contents.figures}
    ordered = {name: {key: part[key] for key in sorted(part, key=_order)} for name, part in parts.items()}
    named = {name: getattr(contents, name) for name in ("experiments", "grids", "pairs", "widths", "untrained")}
    write_json(folder / "contents.json", ordered | {name: dict(sorted(part.items())) for name, part in named.items()})


def extremes_file(law: str, size: Size) -> str:
    """Path of the extremes of one size, below `results` and below the published folder alike."""
    return f"random_matrices/{law}/{size[0]}x{size[1]}.csv"


def untrained_file(experiment: str) -> str:
    """Path of the counts of an experiment's networks before training, below the published folder."""
    return f"untrained/{experiment}.csv"


def histograms_file(law: str) -> str:
    """Path of the histograms of a law, below `results` and below the published folder alike."""
    return f"random_matrices/{law}/histograms.csv"


def _order(number: str) -> tuple[bool, int, str]:
    return (not number.isdigit(), int(number) if number.isdigit() else 0, number)
