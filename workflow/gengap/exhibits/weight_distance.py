"""Distance of the weights from their initial values against the number of updates, a colour for each batch size."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from gengap.analysis.weight_distance import constant_phase, logarithm
from gengap.config.plan import Plan
from gengap.exhibits.diffusion import constant_rates, diffusion
from gengap.exhibits.learning_curves import rows_of_trainings
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs
from gengap.render.exhibit import Figure
from gengap.render.panels import batch_lines, legend, panel_grid, wrapped
from gengap.render.style import INK, Look

KIND = "figure"

_FIT: dict[str, Any] = {"color": INK, "lw": 0.8, "ls": (0, (4, 2))}


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all experiments that are trained at a constant learning rate."""
    found = constant_rates(plan)
    return {"weight_distance": found} if found else {}


def make(name: str, subject: Mapping[str, Any], files: Files, look: Look) -> Figure:
    """A panel for each experiment, a dot for each noted update, and the logarithm that comes nearest."""
    fits = diffusion(subject, files)
    runs = rows_of_trainings(subject, files.trajectory).groupby(["experiment", "trained_at", "seed"], sort=False)
    frame = pd.concat([constant_phase(trajectory) for _, trajectory in runs], ignore_index=True)
    return Figure(
        title="How far the weights move from their initial values",
        caption=(
            "Euclidean distance of all weights from their initial values against the number of updates while the"
            " learning rate is constant, a colour for each batch size; the axis of updates is logarithmic."
            " Dashed: a + b·ln t by least squares. A straight line would be the walk that Hoffer et al. 2017 describe;"
            " lines of one slope for all batch sizes would say that the rate makes up for the batch size."
        ),
        drawing=_drawn(frame, fits, look),
        data=frame[["experiment", "title", "trained_at", "seed", "updates", "learning_rate", "weight_distance"]],
    )


def _drawn(frame: pd.DataFrame, fits: pd.DataFrame, look: Look) -> Drawing:
    titles = dict(zip(frame["experiment"], frame["title"], strict=True))
    lines = batch_lines(frame["trained_at"], look)
    figure, axes = panel_grid(len(titles), "Updates", "Distance")
    for panel, (experiment, title) in zip(axes, titles.items(), strict=True):
        here = frame[frame["experiment"] == experiment]
        for (size, _), run in here.groupby(["trained_at", "seed"]):
            panel.plot(
                run["updates"], run["weight_distance"], **{**lines[int(size)], "marker": "o", "ms": 2.5, "lw": 0}
            )
        for line in fits[fits["experiment"] == experiment].dropna(subset=["slope"]).to_dict("records"):
            ends = here.loc[here["trained_at"] == line["batch_size"], "updates"].to_numpy(float)
            updates = np.geomspace(ends.min(), ends.max(), 50)
            panel.plot(updates, logarithm(updates, line["logarithm_first"], line["slope"]), **_FIT)
        panel.set_xscale("log")
        panel.set_title(wrapped(title))
        panel.grid()
    sizes = set(frame["trained_at"])
    legend(figure, {size: line for size, line in lines.items() if size in sizes}, {"a + b·ln t": _FIT})
    return figure
