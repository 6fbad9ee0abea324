"""Sharpness against training batch size (Keskar et al. 2017, Figure 4): a panel for each network and data set."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D

from gengap.analysis.explanations import NETWORK, sharpness_by_space
from gengap.config.measured import minima_experiments, minima_runs, panels_of
from gengap.config.plan import Plan
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs
from gengap.render.exhibit import Figure
from gengap.render.panels import Panel, as_panels, legend_of, panel_grid, wrapped
from gengap.render.style import Look, batch_size_axis, plain_log_ticks

KIND = "figure"

CURVES = {
    "sharpness_running": "evaluation mode",
    "sharpness_batch": "batch statistics",
    "sharpness_rescaled": "rescaled",
    "sharpness_subspace": "random subspaces",
}

# Up to which ratio of its ends an axis has room for labels between powers of ten.
_FEW_DECADES = 100


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all experiments whose minima are measured at two batch sizes or more."""
    names = [name for name in minima_experiments(plan) if len(plan.experiments[name].batch_sizes) > 1]
    runs = [run for name in names for run in minima_runs(plan, name)]
    subject = {"panels": panels_of(plan, names), "epsilon": max(plan.config["minima"]["epsilons"])}
    return {"sharpness": Needs(subject, sharpness=runs)} if names else {}


def make(name: str, subject: Mapping[str, Any], files: Files, look: Look) -> Figure:
    """A line for each way to measure it."""
    rows = files.of_networks("sharpness")
    frames = [
        sharpness_by_space(part).reset_index().assign(experiment=name)
        for name, part in rows.groupby("experiment", sort=False)
    ]
    frame = pd.concat(frames, ignore_index=True)
    shown = frame[frame["epsilon"] == subject["epsilon"]]
    return Figure(
        title="Sharpness of the minimum against training batch size",
        caption=(
            "By how many percent 1 + training loss grows within a box of"
            f" ε = {subject['epsilon']:g} about the parameters (Keskar et al. 2017, Metric 2.1), found by L-BFGS-B: in"
            " the full space, in evaluation mode or with batch norm's statistics of the batch; rescaled, where the"
            " weights before batch norm have the norms that they had before training, which changes nothing that the"
            " network computes; and in random subspaces. A dot for each training, lines through the means over seeds."
        ),
        drawing=_drawn(shown, as_panels(subject["panels"]), look),
        data=frame[["experiment", *NETWORK, "epsilon", *(curve for curve in CURVES if curve in frame)]],
    )


def _drawn(frame: pd.DataFrame, panels: Sequence[Panel], look: Look) -> Drawing:
    figure, axes = panel_grid(len(panels), "Training batch size", "Sharpness (%)")
    styles = dict(zip(CURVES, zip(look.colors, "osD^", strict=False), strict=True))
    for ax, panel in zip(axes, panels, strict=True):
        runs = frame[frame["experiment"] == panel.experiment]
        for curve, (color, marker) in styles.items():
            if curve in runs:
                means = runs.groupby("trained_batch_size")[curve].mean()
                ax.plot(means.index, means, color=color, lw=1.6)
                ax.plot(runs["trained_batch_size"], runs[curve], color=color, marker=marker, ms=4.5, ls="none")
        ax.set_yscale("log", nonpositive="clip")
        low, high = ax.get_ylim()
        if high < _FEW_DECADES * low:
            plain_log_ticks(ax.yaxis)
        batch_size_axis(ax, sorted({int(size) for size in runs["trained_batch_size"]}))
        ax.set_title(wrapped(panel.label))
        ax.grid(axis="y")
    there = [curve for curve in CURVES if curve in frame]
    handles = [Line2D([], [], color=styles[curve][0], marker=styles[curve][1], ms=5, lw=1.6) for curve in there]
    for handle, curve in zip(handles, there, strict=True):
        handle.set_label(CURVES[curve])
    legend_of(figure, handles)
    return figure
