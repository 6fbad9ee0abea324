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
        metrics: trainings whose metrics it reads; likewise `history`, `trajectory`, `sharpness` and `curvature`.
        interpolation: experiments and seeds of the lines between two trainings that it reads.
        counts: experiments whose counts it reads; likewise `layers` (counts of each unfolding), `threshold_curves` and
            `sigma_min` (see `gengap.spectra.summaries`), `forward_precision` and `proposition_3`.
        extremes: laws and sizes of random matrices whose extreme singular values it reads.
        histograms: laws whose histograms it reads.
        printed: names of the files of `gengap/paper` that it reads.
        templates: names of the templates of `gengap/report` that it fills in.
        laws: laws whose modules it loads by name.
    """

    subject: Mapping[str, Any] = field(default_factory=dict)
    metrics: Sequence[Run] = ()
    history: Sequence[Run] = ()
    trajectory: Sequence[Run] = ()
    sharpness: Sequence[Run] = ()
    curvature: Sequence[Run] = ()
    interpolation: Sequence[tuple[str, int]] = ()
    counts: Sequence[str] = ()
    layers: Sequence[str] = ()
    threshold_curves: Sequence[str] = ()
    sigma_min: Sequence[str] = ()
    forward_precision: Sequence[str] = ()
    proposition_3: Sequence[str] = ()
    extremes: Sequence[tuple[str, Size]] = ()
    histograms: Sequence[str] = ()
    printed: Sequence[str] = ()
    templates: Sequence[str] = ()
    laws: Sequence[str] = ()


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
"""Where the files lie, below a folder of results or of measurements, by the attribute that names them."""


def paths(needs: Needs, folder: str) -> dict[str, list[str]]:
    """The files that an exhibit is made of, by kind."""
    found = {}
    for kind, place in PLACES.items():
        keys = [key if isinstance(key, tuple) else (key,) for key in getattr(needs, kind)]
        if kind == "extremes":
            keys = [(law, *size) for law, size in keys]
        if keys:
            found[kind] = [f"{folder}/{place.format(*key)}" for key in keys]
    return found


def runs_of(*rows: Sequence[Mapping[str, Any]]) -> list[Run]:
    """The trainings of some rows of the plan, each once, in order."""
    return list(dict.fromkeys(run for part in rows for row in part for run in row["runs"]))
