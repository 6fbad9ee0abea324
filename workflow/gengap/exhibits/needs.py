"""What an exhibit is made of: what it is about, and its files, which are read when they are asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.analysis.count_curves import read_counts
from gengap.analysis.frames import joined
from gengap.analysis.over_seeds import read_metrics
from gengap.runtime.readers import read_csv

Subject = Mapping[str, Any]
"""What an exhibit is about, of built-in types and without paths: it is compared to tell what must be made again."""

Run = tuple[str, int, int]
"""Experiment, batch size and seed of a training."""

Size = tuple[int, int]
"""Rows and columns of a random matrix."""

# What files must have to be of use.
_NETWORK = ("experiment", "seed", "trained_batch_size")
_COUNTED = {"history": "epoch", "trajectory": "updates"}
_HISTOGRAM = ("rows", "columns", "part", "left", "right", "count", "total")


@dataclass(frozen=True)
class Needs:
    """What an exhibit is made of; the rules know where the files lie.

    Attributes:
        subject: what it is about.
        files: what tells the files that it reads apart, by kind, one of `PLACES`.
        printed: names of the files of `gengap/paper` that it reads.
        templates: names of the templates of `gengap/report` that it fills in.
        laws: laws whose modules it loads by name.
    """

    subject: Subject = field(default_factory=dict)
    files: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    printed: Sequence[str] = ()
    templates: Sequence[str] = ()
    laws: Sequence[str] = ()

    def __bool__(self) -> bool:
        """Whether there is something to show: a file, or of what is made of print alone a file of the paper."""
        return any(self.files.values()) if self.files else bool(self.printed)


PRINTED_RESULTS = ("tables_1_to_11.csv", "misprints.csv")
"""What comparisons with Tables 1 to 11 read of `gengap/paper`."""

PLACES = {
    "metrics": "runs/{}/bs{}/seed{}/metrics.json",
    "history": "runs/{}/bs{}/seed{}/history.csv",
    "trajectory": "runs/{}/bs{}/seed{}/trajectory.csv",
    "sharpness": "minima/{}/bs{}/seed{}/sharpness.csv",
    "curvature": "minima/{}/bs{}/seed{}/curvature.csv",
    "interpolation": "minima/{}/seed{}/interpolation.csv",
    "counts": "counts/{}.csv",
    "layers": "counts/{}_layers.csv",
    "threshold_curves": "counts/{}_threshold_curves.csv",
    "sigma_min": "counts/{}_sigma_min.csv",
    "forward_precision": "audit/forward_precision/{}.csv",
    "proposition_3": "audit/proposition_3/{}.csv",
    "extremes": "random_matrices/{}/{}x{}.csv",
    "histograms": "random_matrices/{}/histograms.csv",
}
"""Where the files lie, below a folder of results or of measurements, by kind.

What stands in braces tells them apart: the `Run` of a training, experiment and seed of the line between two trainings,
an experiment, a law with rows and columns of a random matrix, or a law.
"""


def paths(needs: Needs, folder: str) -> dict[str, list[str]]:
    """The files that an exhibit is made of, by kind."""
    return {
        kind: [f"{folder}/{PLACES[kind].format(*(key if isinstance(key, tuple) else (key,)))}" for key in keys]
        for kind, keys in needs.files.items()
        if keys
    }


def merged(*files: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """What several exhibits read, each file once, in order."""
    kinds = dict.fromkeys(kind for one in files for kind in one)
    return {kind: list(dict.fromkeys(key for one in files for key in one.get(kind, ()))) for kind in kinds}


def runs_of(part: Any) -> list[Run]:
    """The trainings that stand as `runs` anywhere in a part of a subject, each once, in order."""
    if isinstance(part, Mapping):
        found = [*part.get("runs", ()), *(run for one in part.values() for run in runs_of(one))]
    else:
        found = [run for one in part for run in runs_of(one)] if isinstance(part, list) else []
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Files:
    """Files by kind, as a rule's named inputs are, read when they are asked for; the kinds are those of `PLACES`."""

    paths: Mapping[str, Sequence[str]]

    def _of(self, kind: str) -> Sequence[str]:
        return self.paths.get(kind, ())

    @cached_property
    def metrics(self) -> dict[Run, dict[str, Any]]:
        """Metrics of each training."""
        found = [read_metrics(path) for path in self._of("metrics")]
        return {(run["experiment"], run["batch_size"], run["seed"]): run for run in found}

    def of_trainings(self, kind: str) -> dict[Run, pd.DataFrame]:
        """The `history` or the `trajectory` of each training, which the path tells."""
        found = {}
        for path in map(Path, self._of(kind)):
            experiment, batch_size, seed = path.parts[-4:-1]
            run = experiment, int(batch_size.removeprefix("bs")), int(seed.removeprefix("seed"))
            found[run] = read_csv(path, (_COUNTED[kind],))
        return found

    def loaded(self, part: Any) -> Any:
        """A part of a subject, in which all that has `runs` has their `metrics`, too."""
        if isinstance(part, Mapping):
            metrics = {"metrics": [self.metrics[tuple(run)] for run in part["runs"]]} if "runs" in part else {}
            return {name: self.loaded(one) for name, one in part.items()} | metrics
        return [self.loaded(one) for one in part] if isinstance(part, list) else part

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Counts of singular values, all experiments below each other; empty where there is none."""
        return read_counts(self._of("counts"))

    def of_networks(self, kind: str) -> pd.DataFrame:
        """Rows of `layers`, `threshold_curves`, `sigma_min`, `sharpness`, `forward_precision` …, likewise."""
        kinds = {"trained_batch_size": "Int64"}  # an untrained network has none
        return joined(read_csv(path, _NETWORK, may_be_empty=True, dtype=kinds) for path in self._of(kind))

    @cached_property
    def interpolation(self) -> pd.DataFrame:
        """Lines between two trainings of a seed, all below each other."""
        return joined(read_csv(path, ("experiment", "seed", "alpha")) for path in self._of("interpolation"))

    @cached_property
    def extremes(self) -> dict[str, dict[Size, pd.DataFrame]]:
        """Extreme singular values of every repeat, by law and by size, which the path tells."""
        found: dict[str, dict[Size, pd.DataFrame]] = {}
        for path in map(Path, self._of("extremes")):
            rows, columns = path.stem.split("x")
            of_law = found.setdefault(path.parent.name, {})
            of_law[int(rows), int(columns)] = read_csv(path, ("sigma_min", "sigma_max"))
        return found

    @cached_property
    def histograms(self) -> dict[str, pd.DataFrame]:
        """Histograms of all sizes, by law."""
        return {Path(path).parent.name: read_csv(path, _HISTOGRAM) for path in self._of("histograms")}
