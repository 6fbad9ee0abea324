"""Whether the printed training losses fall with the number of updates as weight decay alone would let them.

From the print alone: nothing is trained for it, so it speaks of tables that were not run too.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis.loss import decay_curve, decay_rate
from gengap.config.plan import Plan
from gengap.config.subjects import compared_tables
from gengap.exhibits.needs import PRINTED_RESULTS, Files, Needs, Subject
from gengap.paper.printed import PAPER_EPOCHS, read_misprints, read_printed_results
from gengap.render.captions import PAPER
from gengap.render.exhibit import Table
from gengap.render.numbers import fixed

KIND = "table"

# Above this printed train error, in percent, cross-entropy is no small part of the loss.
LARGEST_ERROR = 0.5
# Curves have two parameters.
FEWEST_ROWS = 4

# Section 5.2 of the paper: images and weight decay of CIFAR, Tables 1 to 4, and of MNIST.
_CIFAR, _MNIST = (50_000, 1e-4), (60_000, 5e-4)
_OF_TABLE = {number: _CIFAR if int(number) <= 4 else _MNIST for number in PAPER_EPOCHS}
# The paper states learning rate, momentum and the end at 1e-4; where the rate falls is what `config.yaml` chose.
_RECIPE = {
    "learning_rate": 0.1,
    "learning_rate_factor": 0.1,
    "learning_rate_steps": [0.5, 0.75, 0.9],
    "momentum": 0.9,
    "decay_convention": "half",
}
# Columns of deviations, and what their curves are for readers.
CURVES = {"decay": "Decay of ½λ‖w‖²", "doubled": "Decay of λ‖w‖²", "line": "Line in log₂ of the batch size"}
_NEAREST = {"decay": "½λ‖w‖²", "doubled": "λ‖w‖²", "line": "line"}


def needs(plan: Plan) -> Needs:
    """Of the print alone, where some table stands beside it."""
    return Needs(printed=PRINTED_RESULTS) if compared_tables(plan) else Needs()


def make(subject: Subject, files: Files) -> Table:
    """How near each of three curves comes to the printed training losses, a row for each table."""
    frame = printed_decay()
    rows = [
        [
            f"Table {line['table']}",
            f"{line['smallest']} … {line['largest']}",
            str(line["rows"]),
            *(f"{fixed(line[name], 1)} %" for name in CURVES),
            _NEAREST[line["nearest"]],
        ]
        for line in frame.to_dict("records")
    ]
    caption = (
        f"The training losses that {PAPER} prints, in rows of at most {LARGEST_ERROR:g} % train error, where"
        " cross-entropy is small: root mean square of their relative deviations from three curves of two fitted"
        " parameters. Decay: E + (P₀ − E)·exp(−k·updates), with k = 2·λ·(mean learning rate)/(1 − momentum) from"
        " section 5.2, or twice that k. The learning rate falls after 50, 75 and 90 % of the epochs. Line: a loss that"
        " rises by as much with every doubling of the batch size. Nothing was trained for it."
    )
    header = ("Table", "Batch sizes", "Rows", *CURVES.values(), "Nearest")
    title = "Printed training losses against the number of updates"
    return Table(title, caption, header, rows, data=frame)


def printed_decay() -> pd.DataFrame:
    """`nearness` of the printed training losses of each table.

    Rows of a train error up to `LARGEST_ERROR` are used, without misprints and switched batch sizes; tables with fewer
    than `FEWEST_ROWS` of them are left out.
    """
    lines = []
    for number in PAPER_EPOCHS:
        misprints = read_misprints(number)
        losses = {
            int(label): row["train_loss"]
            for label, row in read_printed_results(number).items()
            if label.isdigit()
            and row["train_error_percent"] <= LARGEST_ERROR
            and (label, "train_loss") not in misprints
        }
        if len(losses) >= FEWEST_ROWS:
            lines.append({"table": number} | nearness(number, losses))
    return pd.DataFrame(lines)


def nearness(number: str, losses: Mapping[int, float]) -> dict[str, Any]:
    """How near three curves of two parameters come to training losses.

    Args:
        number: of the table, which tells the recipe.
        losses: by batch size.

    Returns:
        `rows`, `smallest` and `largest` (batch sizes), `decay` and `doubled`, the root mean square of the relative
        deviations in percent from `decay_curve` at the recipe's rate for the penalty ½λ‖w‖² and for λ‖w‖², `line`, the
        same for a straight line in log₂ of the batch size, `nearest` of the three, and `start` and `equilibrium` (nats)
        of the curve for ½λ‖w‖².
    """
    sizes, values = np.array(list(losses)), np.array(list(losses.values()))
    updates, rate = PAPER_EPOCHS[number] * np.ceil(_OF_TABLE[number][0] / sizes), recipe_rate(number)
    design = np.column_stack([np.ones_like(values), np.log2(sizes)])
    line, *_ = np.linalg.lstsq(design / values[:, None], np.ones_like(values), rcond=None)
    curves = {"decay": _decay(updates, values, rate), "doubled": _decay(updates, values, 2 * rate)}
    curves["line"] = design @ line
    deviations = {
        name: 100 * math.sqrt(float(np.mean(np.square(curve / values - 1)))) for name, curve in curves.items()
    }
    start, equilibrium = decay_curve(updates, values, rate)
    return {"rows": len(sizes), "smallest": sizes.min(), "largest": sizes.max(), **deviations} | {
        "nearest": min(deviations, key=deviations.__getitem__),
        "start": start,
        "equilibrium": equilibrium,
    }


def recipe_rate(number: str) -> float:
    """The `decay_rate` of the recipe of a printed table, for the penalty ½λ‖w‖²."""
    return decay_rate({**_RECIPE, "weight_decay": _OF_TABLE[number][1]})


def _decay(updates: np.ndarray, losses: np.ndarray, rate: float) -> np.ndarray:
    start, equilibrium = decay_curve(updates, losses, rate)
    return equilibrium + (start - equilibrium) * np.exp(-rate * updates)
