"""What an exhibit is made of: keys of files, and what it is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Run = tuple[str, int, int]
"""Experiment, batch size and seed of a training."""

Size = tuple[int, int]
"""Rows and columns of a random matrix."""


@dataclass(frozen=True)
class Needs:
    """What an exhibit is made of; the rules know where the files lie.

    Attributes:
        subject: what it is about, of built-in types and without paths: it is compared to tell what must be made again.
        files: what tells the files that it reads apart, by kind, one of `PLACES`.
        printed: names of the files of `gengap/paper` that it reads.
        templates: names of the templates of `gengap/report` that it fills in.
        laws: laws whose modules it loads by name.
    """

    subject: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    printed: Sequence[str] = ()
    templates: Sequence[str] = ()
    laws: Sequence[str] = ()

    def __bool__(self) -> bool:
        """Whether there is something to show: a file, or of what is made of print alone a file of the paper."""
        return any(self.files.values()) if self.files else bool(self.printed)


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


def runs_of(*rows: Sequence[Mapping[str, Any]]) -> list[Run]:
    """The trainings of some rows of the plan, each once, in order."""
    return list(dict.fromkeys(run for part in rows for row in part for run in row["runs"]))
