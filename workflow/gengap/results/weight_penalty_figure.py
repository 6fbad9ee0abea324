"""Weight penalty against number of updates, a panel for each network."""

import math
import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from gengap.results.item import FigureItem
from gengap.results.style import INK, Look

_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">")


def weight_penalty_item(frame: pd.DataFrame) -> FigureItem:
    """What is said about the figure."""
    caption = (
        "Weight penalty at the end of training against the number of updates, a point per run; the points of one"
        " experiment are its batch sizes, the largest on the left. Both axes are logarithmic."
    )
    if frame["start"].notna().any():
        caption += (
            " Lines: E + (P₀ − E)·exp(−k·updates), the decay that SGD alone gives to ‖w‖², with k = 2·λ·(mean learning"
            " rate)/(1 − momentum) from the recipe (twice that where the penalty is λ‖w‖²), not fitted; P₀ and E are"
            " fitted to the points of an experiment. Where points follow their line, the penalty tells how many updates"
            " were made, whatever the batch size did otherwise."
        )
    if frame["printed_train_loss"].notna().any():
        caption += (
            " Hollow: the training loss that the paper prints for the same row, cross-entropy and penalty; its penalty"
            " is at most that."
        )
    return FigureItem("weight_penalty", "Weight penalty against number of updates", caption)


def weight_penalty_figure(frame: pd.DataFrame, look: Look) -> Figure:
    """Draw the penalties of all runs.

    Args:
        frame: what `gengap.results.weight_penalty.weight_penalties` returns.
        look: from `figure_style`.
    """
    networks = list(dict.fromkeys(frame["network"])) or ["Every run diverged"]
    layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.08)
    # Names of experiments are long: the legend of each panel stands beside it.
    figure = Figure(figsize=(10, 3.2 * len(networks)), layout=layout)
    axes = figure.subplots(len(networks), 1, squeeze=False).ravel()
    for panel, network in zip(axes, networks, strict=True):
        _draw(panel, frame[frame["network"] == network], look)
        panel.set_title(network)
        panel.set_ylabel("Weight penalty (nats)")
    axes[-1].set_xlabel("Updates")
    return figure


def _draw(axes: Axes, rows: pd.DataFrame, look: Look) -> None:
    handles = []
    for index, (_, runs) in enumerate(rows.groupby("experiment", sort=False)):
        color, marker = look.colors[index % len(look.colors)], _MARKERS[index % len(_MARKERS)]
        axes.plot(runs["updates"], runs["weight_penalty"], color=color, marker=marker, ms=5.5, ls="none", mec="white")
        axes.plot(
            runs["updates"], runs["printed_train_loss"], color=color, marker=marker, ms=5.5, ls="none", mfc="none"
        )
        rate, start, equilibrium = (float(runs[name].iloc[0]) for name in ("rate", "start", "equilibrium"))
        if not math.isnan(start):
            updates = np.geomspace(runs["updates"].min() / 1.3, runs["updates"].max() * 1.3, 200)
            axes.plot(updates, equilibrium + (start - equilibrium) * np.exp(-rate * updates), color=color, lw=1.2)
        label = "\n".join(textwrap.wrap(runs["title"].iloc[0], 42))
        style = "none" if math.isnan(start) else "-"
        handles.append(Line2D([], [], color=color, marker=marker, ms=5.5, lw=1.2, ls=style, label=label))
    if rows["start"].notna().any():
        handles.append(Line2D([], [], color=INK, lw=1.2, label="exponential decay, k from the recipe"))
    if rows["printed_train_loss"].notna().any():
        handles.append(
            Line2D([], [], color=INK, marker="o", ms=5.5, ls="none", mfc="none", label="printed training loss")
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}" if value < 1e5 else f"{value:.0f}"))
        axis.set_minor_locator(NullLocator())
    axes.tick_params(axis="x", labelrotation=45)
    axes.grid()
    axes.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize="small")
