"""Weight penalty against number of updates, a panel for each experiment."""

import numpy as np
import pandas as pd

from gengap.analysis.loss import printed_train_losses, weight_penalties
from gengap.config.plan import Plan
from gengap.config.subjects import has_known_decay, lone_experiments, result_tables, run_subject, untitled
from gengap.exhibits.needs import PRINTED_RESULTS, Files, Needs, Subject, runs_of
from gengap.render.exhibit import Figure
from gengap.render.panels import PRINTED, small_multiples
from gengap.render.style import Look

KIND = "figure"

_Y_LABEL = "Penalty or loss (nats)"
_MEASURED, _DECAY, _PRINTED = "measured penalty", "exponential decay, k from the recipe", "printed training loss"


def needs(plan: Plan) -> Needs:
    """Of all that are shown one by one, at three batch sizes or more, and whose recipe tells how the weights decay."""
    sizes = {name: plan.experiments[name].batch_sizes for name in lone_experiments(plan)}
    names = [name for name in sizes if len(sizes[name]) > 2 and has_known_decay(plan, name)]
    experiments = [run_subject(plan, name) | {"runs": runs_of(plan.rows(name))} for name in names]
    subject = {"experiments": experiments, "tables": untitled(result_tables(plan))}
    return Needs(subject, {"metrics": runs_of(experiments)}, printed=PRINTED_RESULTS)


def make(subject: Subject, files: Files, look: Look) -> Figure:
    """The penalties of all trainings, and the printed losses around them."""
    printed = printed_train_losses(subject["tables"])
    frame = weight_penalties(files.loaded(subject["experiments"]), printed)
    drawing, _ = small_multiples(
        _curves(frame),
        {
            _DECAY: {"color": look.colors[0], "lw": 1.2},
            _MEASURED: {"color": look.colors[0], "marker": "o", "ms": 4.5, "ls": "none"},
            _PRINTED: {**PRINTED, "marker": "o", "ms": 7},
        },
        x="updates",
        x_label="Updates",
        y_label=_Y_LABEL,
        logarithmic={"Updates", _Y_LABEL},
    )
    return Figure(
        title="Weight penalty against number of updates",
        caption=(
            "Lines: E + (P₀ − E)·exp(−k·updates), how ‖w‖² decays under SGD, with k = 2·λ·(mean learning rate)/(1 −"
            " momentum) from the recipe (twice that for a penalty λ‖w‖²), P₀ and E fitted. The points of a panel are"
            " batch sizes, the largest on the left. Printed losses include cross-entropy."
        ),
        drawing=drawing,
        data=frame,
    )


def _curves(frame: pd.DataFrame) -> pd.DataFrame:
    """The runs whose penalty decays at a known rate, the printed losses, and the decay from its start to its end."""
    frame = frame.dropna(subset=["rate"]).assign(panel=frame["title"])
    parts = [frame.assign(curve=_MEASURED, value=frame["weight_penalty"])]
    parts += [frame.assign(curve=_PRINTED, value=frame["printed_train_loss"])]
    for title, runs in frame.dropna(subset=["start"]).groupby("title"):
        rate, start, equilibrium = (float(runs[name].iloc[0]) for name in ("rate", "start", "equilibrium"))
        updates = np.geomspace(runs["updates"].min() / 1.3, runs["updates"].max() * 1.3, 200)
        values = equilibrium + (start - equilibrium) * np.exp(-rate * updates)
        parts.append(pd.DataFrame({"panel": title, "curve": _DECAY, "updates": updates, "value": values}))
    return pd.concat(parts, ignore_index=True)
