"""Weight penalty against number of updates, a panel for each experiment."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D

from gengap.analysis.loss import printed_train_losses, weight_penalties
from gengap.config.plan import Plan
from gengap.config.subjects import has_known_decay, lone_experiments, run_subject
from gengap.exhibits.loss_parts import result_tables
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs, runs_of
from gengap.render.exhibit import Figure
from gengap.render.panels import legend_of, panel_grid, wrapped
from gengap.render.style import INK, Look, plain_log_ticks

KIND = "figure"

# Printed values, around the measured points.
HOLLOW: dict[str, Any] = {"marker": "o", "ms": 7, "ls": "none", "mfc": "none", "zorder": 3}


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all experiments that are shown one by one and whose recipe tells how the weights decay."""
    names = [name for name in lone_experiments(plan) if has_known_decay(plan, name)]
    experiments = [run_subject(plan, name) | {"runs": runs_of(plan.rows(name))} for name in names]
    if not experiments:
        return {}
    runs = [run for experiment in experiments for run in experiment["runs"]]
    subject = {"experiments": experiments, "tables": result_tables(plan)}
    return {"weight_penalty": Needs(subject, metrics=runs, printed=("tables_1_to_11.csv", "misprints.csv"))}


def make(name: str, subject: Mapping[str, Any], files: Files, look: Look) -> Figure:
    """The penalties of all trainings, and the printed losses around them."""
    printed = printed_train_losses(subject["tables"])
    frame = weight_penalties(subject["experiments"], files.metrics, printed)
    caption = (
        "Weight penalty at the end of training against the number of updates, a point per run; the points of a"
        " panel are the batch sizes of one experiment, the largest on the left. Both axes are logarithmic."
    )
    shown = _shown(frame)
    if len(shown) < len(frame):
        caption += " Trainings that switch their batch size are left out: their updates are not alike."
    if shown["start"].notna().any():
        caption += (
            " Lines: E + (P₀ − E)·exp(−k·updates), the decay that SGD alone gives to ‖w‖², with k = 2·λ·(mean learning"
            " rate)/(1 − momentum) from the recipe (twice that where the penalty is λ‖w‖²), not fitted; P₀ and E are"
            " fitted to the points. Where points follow their line, the penalty tells how many updates"
            " were made, whatever the batch size did otherwise."
        )
    if shown["printed_train_loss"].notna().any():
        caption += (
            " Hollow: the training loss that the paper prints for the same row, cross-entropy and penalty; its penalty"
            " is at most that."
        )
    title = "Weight penalty against number of updates"
    return Figure(title, caption, drawing=_drawn(frame, look), data=frame)


def _drawn(frame: pd.DataFrame, look: Look) -> Drawing:
    frame = _shown(frame)
    titles = frame.groupby("experiment", sort=False)["title"].first().to_dict() or {"": "No run to show"}
    figure, axes = panel_grid(len(titles), "Updates", "Penalty, printed loss (nats)")
    for panel, (experiment, title) in zip(axes, titles.items(), strict=True):
        if len(frame):
            _draw(panel, frame[frame["experiment"] == experiment], look)
        panel.set_title(wrapped(title))
    mark: dict[str, Any] = {"color": look.colors[0], "marker": "o", "ms": 4.5, "ls": "none"}
    handles = [Line2D([], [], label="measured penalty", **mark)]
    if frame["start"].notna().any():
        label = "exponential decay, k from the recipe"
        handles.append(Line2D([], [], color=look.colors[0], lw=1.2, label=label))
    if frame["printed_train_loss"].notna().any():
        handles.append(Line2D([], [], label="printed training loss", color=INK, **HOLLOW))
    legend_of(figure, handles)
    return figure


def _shown(frame: pd.DataFrame) -> pd.DataFrame:
    """The runs whose penalty decays at a known rate."""
    return frame.dropna(subset=["rate"])


def _draw(axes: Axes, runs: pd.DataFrame, look: Look) -> None:
    color = look.colors[0]
    axes.plot(runs["updates"], runs["weight_penalty"], color=color, marker="o", ms=4.5, ls="none", mec="none")
    axes.plot(runs["updates"], runs["printed_train_loss"], color=INK, **HOLLOW)
    if runs["start"].notna().any():
        rate, start, equilibrium = (float(runs[name].iloc[0]) for name in ("rate", "start", "equilibrium"))
        updates = np.geomspace(runs["updates"].min() / 1.3, runs["updates"].max() * 1.3, 200)
        axes.plot(updates, equilibrium + (start - equilibrium) * np.exp(-rate * updates), color=color, lw=1.2)
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        plain_log_ticks(axis)
    axes.tick_params(axis="x", labelrotation=45)
    axes.grid()
