"""The files that an exhibit is made of, read when they are asked for."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.analysis.count_curves import read_counts
from gengap.analysis.frames import joined
from gengap.analysis.over_seeds import read_metrics
from gengap.exhibits.needs import Run, Size
from gengap.runtime.readers import read_csv

# What files must have to be of use.
_NETWORK = ("experiment", "seed", "trained_batch_size")
_HISTOGRAM = ("rows", "columns", "part", "left", "right", "count", "total")


class Files:
    """Files by kind, as a rule's named inputs are; the kinds are those of `Needs`."""

    def __init__(self, paths: Mapping[str, Sequence[str]]) -> None:
        """Take the paths; nothing is read yet."""
        self._paths = paths

    def _of(self, kind: str) -> list[str]:
        return list(self._paths.get(kind, ()))

    @cached_property
    def metrics(self) -> dict[Run, dict[str, Any]]:
        """Metrics of each training."""
        found = [read_metrics(path) for path in self._of("metrics")]
        return {(run["experiment"], run["batch_size"], run["seed"]): run for run in found}

    @cached_property
    def history(self) -> dict[Run, pd.DataFrame]:
        """A row an epoch, of each training, which the path tells."""
        return self._of_trainings("history", "epoch")

    @cached_property
    def trajectory(self) -> dict[Run, pd.DataFrame]:
        """A row for each noted update of each training, likewise."""
        return self._of_trainings("trajectory", "updates")

    def _of_trainings(self, kind: str, column: str) -> dict[Run, pd.DataFrame]:
        found = {}
        for path in map(Path, self._of(kind)):
            experiment, batch_size, seed = path.parts[-4:-1]
            run = experiment, int(batch_size.removeprefix("bs")), int(seed.removeprefix("seed"))
            found[run] = read_csv(path, (column,))
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
        paths = self._of("counts")
        return read_counts(paths) if paths else pd.DataFrame()

    def of_networks(self, kind: str) -> pd.DataFrame:
        """Rows of `layers`, `threshold_curves`, `sigma_min`, `sharpness`, `forward_precision` …, likewise."""
        return read_rows(self._of(kind))

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


def read_rows(paths: Sequence[str | Path]) -> pd.DataFrame:
    """Tables of networks below each other; an untrained network has no `trained_batch_size`."""
    kinds = {"trained_batch_size": "Int64"}
    return joined(read_csv(path, _NETWORK, may_be_empty=True, dtype=kinds) for path in paths)
