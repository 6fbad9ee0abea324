"""Near-rank loss of networks that were never trained, against the size of the batch that they are fed.

What rises with the batch size here is there before training, whatever batch size follows.
"""

from collections.abc import Mapping, Sequence

import pandas as pd

from gengap.analysis import count_curves
from gengap.analysis.count_curves import CONVENTIONS, UNTRAINED
from gengap.config.measured import panels_of
from gengap.config.plan import Plan
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.render.count_plots import draw_counts
from gengap.render.exhibit import Drawing, Figure
from gengap.render.numbers import plain_power
from gengap.render.panels import labelled, legend_of, panel_grid, wrapped, wrapped_lines
from gengap.render.style import Look, batch_size_axis

KIND = "figure"
_COLUMNS = ["experiment", "seed", "fed_batch_size", "convention", "threshold", "count", "shape_floor", "rank_floor"]


def needs(plan: Plan) -> Needs:
    """Of all experiments of which untrained networks alone are measured."""
    names, spectra = list(plan.untrained), plan.config["spectra"]
    subject = {"panels": panels_of(plan, names), "threshold": max(spectra["thresholds"])}
    subject["batch_norm_statistics"] = spectra["batch_norm_statistics"]
    return Needs(subject, {"counts": names})


def make(subject: Subject, files: Files, look: Look) -> Figure:
    """Counts against the fed batch, a panel for each network."""
    counts = files.counts[files.counts["state"] == UNTRAINED]
    data = counts.loc[counts["threshold_kind"] == "absolute", _COLUMNS].reset_index(drop=True)
    statistics = "the fed batch" if subject["batch_norm_statistics"] == "batch" else "the training images"
    return Figure(
        title="Near-rank loss before any training",
        caption=(
            f"Networks with their initial weights (any batch norm has the statistics of {statistics}), against the size"
            " of the batch that they are fed. What rises here no training has caused."
        ),
        drawing=_drawn(counts, subject["panels"], subject["threshold"], look),
        data=data,
    )


def _drawn(counts: pd.DataFrame, panels: Sequence[Mapping[str, str]], threshold: float, look: Look) -> Drawing:
    """A panel for each network: counts in the three conventions with their floors."""
    y_label = f"Singular values ≤ {plain_power(threshold)}"
    drawing, axes = panel_grid(wrapped_lines(len(panels)), "Fed batch size", y_label)
    for panel, ax in zip(panels, axes, strict=True):
        here = count_curves.select(counts, panel["experiment"], threshold)
        curves = {convention: count_curves.fed_curve(here, convention) for convention in CONVENTIONS}
        draw_counts(ax, curves, look)
        batch_size_axis(ax, curves["thin"].index, room=1.4)
        ax.set_title(wrapped(panel["label"]))
    for ax in axes[1:]:
        ax.sharey(axes[0])
    legend_of(drawing, labelled(axes))
    return drawing
