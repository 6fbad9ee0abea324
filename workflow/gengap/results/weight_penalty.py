"""The weight penalty against the number of updates, and what exponential decay alone would make of it."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import nnls

from gengap.results.tables import read_metrics

COLUMNS = (
    "experiment",
    "title",
    "batch_size",
    "seed",
    "updates",
    "weight_penalty",
    "printed_train_loss",
    "rate",
    "start",
    "equilibrium",
)


def decay_rate(options: Mapping[str, Any]) -> float:
    """Rate k per update at which SGD alone lets ‖w‖² decay: 2·d·(mean learning rate)/(1 - momentum).

    d is what SGD adds to the gradient per unit of weight: λ where the penalty is ½λ‖w‖² and 2λ where it is λ‖w‖².
    Momentum multiplies every step by 1/(1 - momentum) in the long run. Not defined for trainings whose batch size is
    switched: their epochs differ in their number of updates.

    Args:
        options: resolved options of a training.
    """
    decay = options["weight_decay"] * (2 if options["decay_convention"] == "full" else 1)
    edges = [0.0, *options["learning_rate_steps"], 1.0]
    factors = [options["learning_rate_factor"] ** piece for piece in range(len(edges) - 1)]
    mean_rate = options["learning_rate"] * float(np.dot(factors, np.diff(edges)))
    return 2 * decay * mean_rate / (1 - options["momentum"])


def weight_penalties(
    experiments: Sequence[Mapping[str, Any]], printed: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Penalty and number of updates of every run that did not diverge.

    Args:
        experiments: `title`, `options` and `metrics`, the paths of the `metrics.json` of all its runs.
        printed: the printed training loss of the runs that the paper tabulates, by these paths.

    Returns:
        One line per run: `experiment`, `title`, `batch_size`, `seed`, `updates`, `weight_penalty`,
        `printed_train_loss` (cross-entropy and penalty, NaN where it is not printed), `rate` (`decay_rate`, NaN where
        it is not defined), and `start` and `equilibrium` of the experiment's `decay_curve`.
    """
    printed = printed or {}
    frames = []
    for experiment in experiments:
        runs = [
            read_metrics(path) | {"printed_train_loss": printed.get(path, math.nan)} for path in experiment["metrics"]
        ]
        runs = [run for run in runs if not run["diverged"]]
        names = ["experiment", "batch_size", "seed", "updates", "weight_penalty", "printed_train_loss"]
        frame = pd.DataFrame([{name: run[name] for name in names} for run in runs], columns=names)
        frame = frame.assign(title=experiment["title"])
        switched = experiment["options"]["switch_batch_size"] is not None
        rate = math.nan if switched else decay_rate(experiment["options"])
        start, equilibrium = decay_curve(frame["updates"], frame["weight_penalty"], rate)
        frames.append(frame.assign(rate=rate, start=start, equilibrium=equilibrium)[list(COLUMNS)])
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=COLUMNS)


def decay_curve(updates: ArrayLike, penalties: ArrayLike, rate: float) -> tuple[float, float]:
    """Start P₀ and equilibrium E ≥ 0 of E + (P₀ - E)·exp(-rate·updates) nearest to the penalties, P₀ ≥ E.

    Least squares of the relative deviations, since penalties span orders of magnitude. Both are NaN where the rate is
    not known or fewer than three different numbers of updates leave nothing to judge the curve by.
    """
    updates, penalties = np.asarray(updates, float), np.asarray(penalties, float)
    if math.isnan(rate) or len(set(updates)) < 3 or (penalties <= 0).any():
        return math.nan, math.nan
    design = np.column_stack([np.ones_like(updates), np.exp(-rate * updates)]) / penalties[:, None]
    (equilibrium, above), _ = nnls(design, np.ones_like(updates))
    return float(equilibrium + above), float(equilibrium)
