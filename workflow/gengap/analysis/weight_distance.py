"""How the distance of the weights from their initial values grows with the updates: three laws of two numbers each."""

import math
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

# Points that a fit needs at least.
FEWEST = 8
# The first update of a fit: before, momentum is still gathering.
FIRST = 8


def logarithm(updates: ArrayLike, start: float, slope: float) -> NDArray[np.float64]:
    """Start + slope·ln t: a walk in a landscape whose roughness grows with the distance (Hoffer et al. 2017)."""
    return start + slope * np.log(updates)


def power(updates: ArrayLike, scale: float, exponent: float) -> NDArray[np.float64]:
    """scale·t^exponent: a free walk has 1/2, a drift 1."""
    return scale * np.asarray(updates, float) ** exponent


def saturation(updates: ArrayLike, scale: float, rate: float) -> NDArray[np.float64]:
    """scale·√((1 - e^(-2·rate·t))/(2·rate)): a walk that is pulled back, as by weight decay; free at rate 0."""
    t = np.asarray(updates, float)
    pull = np.maximum(2 * rate * t, 1e-12)
    return scale * np.sqrt(t * -np.expm1(-pull) / pull)


LAWS = {"logarithm": logarithm, "power": power, "saturation": saturation}
# The second number of each law, which tells how the distance grows.
SHAPES = {"logarithm": "slope", "power": "exponent", "saturation": "rate"}


def distance_fits(updates: ArrayLike, distances: ArrayLike) -> dict[str, Any]:
    """Least squares of each law, and how likely it is beside the others.

    Args:
        updates: numbers of updates, from 1.
        distances: Euclidean distances of the weights from their initial values there.

    Returns:
        `slope`, `exponent` and `rate` and `<name>_error` of each (standard errors, which take the deviations to be
        independent, while those of one walk are not); for each law its `<law>_first` number and `<law>_weight`, its
        Akaike weight: as all have two numbers, the sums of squares to the power -n/2, normalised. NaN with fewer than
        `FEWEST` points.
    """
    from scipy.optimize import curve_fit

    t, d = np.asarray(updates, float), np.asarray(distances, float)
    if len(t) < FEWEST:
        names = [name for shape in SHAPES.values() for name in (shape, f"{shape}_error")]
        return dict.fromkeys([*names, *(f"{law}_{of}" for law in LAWS for of in ("first", "weight"))], math.nan)
    exponent, log_scale = np.polyfit(np.log(t), np.log(d), 1)
    starts = {
        "logarithm": (d[0], 1.0),
        "power": (math.exp(log_scale), exponent),
        "saturation": (d[-1] / math.sqrt(t[-1]), 1 / t[-1]),
    }
    found: dict[str, Any] = {}
    squares = {}
    for law, function in LAWS.items():
        options: dict[str, Any] = {"method": "trf", "x_scale": np.abs(starts[law]), "xtol": 1e-12, "ftol": 1e-12}
        if law == "saturation":
            options["bounds"] = 0, np.inf
        numbers, covariance = curve_fit(function, t, d, starts[law], **options)
        found |= {f"{law}_first": float(numbers[0]), SHAPES[law]: float(numbers[1])}
        found[f"{SHAPES[law]}_error"] = float(np.sqrt(covariance[1, 1]))
        squares[law] = max(float(np.square(function(t, *numbers) - d).sum()), np.finfo(float).tiny)
    logs = -len(t) / 2 * np.log(list(squares.values()))
    weights = np.exp(logs - logs.max())
    return found | {f"{law}_weight": float(one) for law, one in zip(LAWS, weights / weights.sum(), strict=True)}


def constant_phase(trajectory: pd.DataFrame) -> pd.DataFrame:
    """The rows of a trajectory from `FIRST` and the largest learning rate on, until this or the batch size changes.

    A training that diverged ends before.
    """
    later = trajectory[trajectory["updates"] >= FIRST]
    rate = later["learning_rate"].max()
    rest = later[(later["learning_rate"] == rate).cummax()]
    alike = (rest["learning_rate"] == rate) & (rest["batch_size"].diff().fillna(0) == 0)
    return rest[(alike & rest["weight_distance"].notna()).cummin()]


def diffusion_table(trajectories: pd.DataFrame) -> pd.DataFrame:
    """The fits of each training over its phase of constant rate.

    Args:
        trajectories: of all trainings, with `title`, `experiment`, `trained_at` (batch size at the start) and `seed`.

    Returns:
        One line per training: `title`, `experiment`, `batch_size`, `seed`, `points`, and what `distance_fits` returns.
    """
    lines = []
    for training, trajectory in trajectories.groupby(["title", "experiment", "trained_at", "seed"], sort=False):
        phase = constant_phase(trajectory)
        line = dict(zip(("title", "experiment", "batch_size", "seed"), training, strict=True)) | {"points": len(phase)}
        lines.append(line | distance_fits(phase["updates"], phase["weight_distance"]))
    return pd.DataFrame(lines)


def likeliest(walks: pd.DataFrame) -> pd.Series:
    """The law of the largest Akaike weight of each training, of those that have enough updates for a fit.

    Args:
        walks: what `diffusion_table` returns.
    """
    weights = walks[[f"{law}_weight" for law in LAWS]].dropna()
    return weights.idxmax(axis="columns").str.removesuffix("_weight")
