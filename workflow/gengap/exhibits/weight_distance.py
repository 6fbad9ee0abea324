"""Distance of the weights from their initial values against the number of updates, a colour for each batch size."""

import numpy as np
import pandas as pd

from gengap.analysis.weight_distance import constant_phase, diffusion_table, logarithm
from gengap.exhibits import diffusion
from gengap.exhibits.learning_curves import rows_of_trainings
from gengap.exhibits.needs import Files, Subject
from gengap.render.exhibit import Figure
from gengap.render.panels import batch_lines, small_multiples, trained_at
from gengap.render.style import Look

KIND = "figure"


needs = diffusion.needs


def make(subject: Subject, files: Files, look: Look) -> Figure:
    """A panel for each experiment, a dot for each noted update, and the logarithm that comes nearest."""
    rows = rows_of_trainings(subject, files.of_trainings("trajectory"))
    runs = rows.groupby(["experiment", "trained_at", "seed"], sort=False)
    frame = pd.concat([constant_phase(trajectory) for _, trajectory in runs], ignore_index=True)
    lines, fits = batch_lines(frame["trained_at"], look), diffusion_table(rows)
    drawing, axes = small_multiples(
        frame.assign(panel=frame["title"], curve=trained_at(frame["trained_at"]), value=frame["weight_distance"]),
        {curve: {**line, "marker": "o", "ms": 2.5, "ls": "none"} for curve, line in lines.items()},
        x="updates",
        x_label="Updates",
        y_label="Distance",
        logarithmic={"Updates"},
    )
    for (title, _), panel in axes.items():
        here = frame[frame["title"] == title]
        for line in fits[fits["title"] == title].dropna(subset=["slope"]).to_dict("records"):
            ends = here.loc[here["trained_at"] == line["batch_size"], "updates"].to_numpy(float)
            updates = np.geomspace(ends.min(), ends.max(), 50)
            color = lines[f"trained at {line['batch_size']}"]["color"]
            panel.plot(updates, logarithm(updates, line["logarithm_first"], line["slope"]), color=color, lw=0.9)
    return Figure(
        title="How far the weights move from their initial values",
        caption=(
            "Euclidean distance of all weights from their initial values while the learning rate is constant."
            " Lines: a + b·ln t by least squares, the walk that Hoffer et al. 2017 describe. Lines of one slope"
            " for all batch sizes would say that the rate makes up for the batch size."
        ),
        drawing=drawing,
        data=frame[["experiment", "title", "trained_at", "seed", "updates", "learning_rate", "weight_distance"]],
    )
