"""What the loss is made of: the rise of its parts with the batch size, and the decay of the weight penalty."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from gengap.analysis.frames import joined
from gengap.analysis.over_seeds import ended, results_table
from gengap.paper.printed import PAPER_EPOCHS, read_misprints, read_printed_results, row_label

PARTS = ("train_loss", "train_cross_entropy", "weight_penalty", "test_loss", "test_cross_entropy")
LOSS_PARTS = (
    *("table", "smallest", "largest", "epochs", "paper_epochs", *(f"{part}_rise" for part in PARTS)),
    *("penalty_share", "printed_rise"),
)
PENALTIES = (
    *("experiment", "title", "batch_size", "seed", "updates", "weight_penalty", "printed_train_loss"),
    *("rate", "start", "equilibrium"),
)


def loss_parts(tables: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Rise of the loss and of its parts from the smallest to the largest batch size of each table.

    `loss = cross-entropy + weight penalty` holds for every run, so the parts' rises add up to the loss's.

    Args:
        tables: `number`, `rows` (as `results_table` takes them) and `reproduces_paper` of each table.

    Returns:
        One line per table with two rows or more that did not diverge: `table`, `smallest` and `largest` (row
        labels), `epochs` (the longest run's), `paper_epochs` (NaN for a table that the paper does not print),
        `<part>_rise` of each of `PARTS` in nats, `penalty_share` (the penalty's part of the training loss's rise, in
        percent, NaN where the loss does not rise) and `printed_rise` (of the training loss between the same two rows,
        NaN where they are not printed).
    """
    lines = []
    for table in tables:
        rows = ended(results_table(table["rows"]))
        if len(rows) < 2:
            continue
        number, first, last = table["number"], rows.iloc[0], rows.iloc[-1]
        line = {"table": number, "smallest": first["batch_size"], "largest": last["batch_size"]}
        line |= {"epochs": max(first["epochs"], last["epochs"])}
        line["paper_epochs"] = PAPER_EPOCHS.get(number, math.nan) if table["reproduces_paper"] else math.nan
        line |= {f"{part}_rise": last[f"{part}_mean"] - first[f"{part}_mean"] for part in PARTS}
        rise, printed = line["train_loss_rise"], _printed_losses(table)
        line["penalty_share"] = 100 * line["weight_penalty_rise"] / rise if rise > 0 else math.nan
        ends = [printed.get(row_label(row["batch_size"]), math.nan) for row in (first, last)]
        lines.append(line | {"printed_rise": ends[1] - ends[0]})
    return pd.DataFrame(lines, columns=LOSS_PARTS)


def printed_train_losses(tables: Sequence[Mapping[str, Any]]) -> dict[tuple[str, int, int], float]:
    """The printed training loss of each training's row; misprints are left out.

    Args:
        tables: `number`, `reproduces_paper` and `rows` of the plan, each with `label` and `runs`.
    """
    losses: dict[tuple[str, int, int], float] = {}
    for table in tables:
        printed = _printed_losses(table)
        for row in table["rows"]:
            if row_label(row["label"]) in printed:
                losses |= dict.fromkeys(map(tuple, row["runs"]), printed[row_label(row["label"])])
    return losses


def _printed_losses(table: Mapping[str, Any]) -> dict[str, float]:
    """Printed training loss of each row label of a table; nothing where the paper does not print it."""
    if not table["reproduces_paper"]:
        return {}
    misprints, rows = read_misprints(table["number"]), read_printed_results(table["number"])
    return {label: row["train_loss"] for label, row in rows.items() if (label, "train_loss") not in misprints}


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
    steps, factors = options["learning_rate_steps"], options["learning_rate_factor"]
    factors = np.cumprod([1.0, *(factors if isinstance(factors, list) else [factors] * len(steps))])
    mean_rate = options["learning_rate"] * float(np.dot(factors, np.diff(edges)))
    return 2 * decay * mean_rate / (1 - options["momentum"])


def weight_penalties(
    experiments: Sequence[Mapping[str, Any]], printed: Mapping[tuple[str, int, int], float]
) -> pd.DataFrame:
    """Penalty and number of updates of every run that did not diverge.

    Args:
        experiments: `title`, `options`, and all its trainings: `runs` and the `metrics` of each.
        printed: the printed training loss of the trainings that the paper tabulates.

    Returns:
        One line per run: `experiment`, `title`, `batch_size`, `seed`, `updates`, `weight_penalty`,
        `printed_train_loss` (cross-entropy and penalty, NaN where it is not printed), `rate` (`decay_rate`, NaN where
        it is not defined), and `start` and `equilibrium` of the experiment's `decay_curve`.
    """
    frames = [pd.DataFrame(columns=PENALTIES)]
    for experiment in experiments:
        losses = [printed.get(tuple(run), math.nan) for run in experiment["runs"]]
        frame = pd.DataFrame(experiment["metrics"]).assign(printed_train_loss=losses, title=experiment["title"])
        frame = frame[~frame["diverged"].astype(bool)]
        switched = experiment["options"]["switch_batch_size"] is not None
        rate = math.nan if switched else decay_rate(experiment["options"])
        start, equilibrium = decay_curve(frame["updates"], frame["weight_penalty"], rate)
        frames.append(frame.assign(rate=rate, start=start, equilibrium=equilibrium)[list(PENALTIES)])
    return joined(frames)


def decay_curve(updates: ArrayLike, penalties: ArrayLike, rate: float) -> tuple[float, float]:
    """Start P₀ and equilibrium E ≥ 0 of E + (P₀ - E)·exp(-rate·updates) nearest to the penalties, P₀ ≥ E.

    Least squares of the relative deviations, since penalties span orders of magnitude. Both are NaN where the rate is
    not known or fewer than three different numbers of updates leave nothing to judge the curve by.
    """
    updates, penalties = np.asarray(updates, float), np.asarray(penalties, float)
    if math.isnan(rate) or len(set(updates)) < 3 or (penalties <= 0).any():
        return math.nan, math.nan
    design = np.column_stack([np.ones_like(updates), np.exp(-rate * updates)]) / penalties[:, None]
    from scipy.optimize import nnls

    (equilibrium, above), _ = nnls(design, np.ones_like(updates))
    return float(equilibrium + above), float(equilibrium)
