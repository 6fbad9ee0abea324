"""Loss and error on the line between the minima of a small and a large batch (Keskar et al. 2017, Figure 3)."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D

from gengap.config.measured import minima_experiments, minima_lines, panels_of
from gengap.config.plan import Plan
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs
from gengap.render.exhibit import Figure
from gengap.render.panels import Panel, as_panels, legend_of, panel_grid, wrapped
from gengap.render.style import INK, MUTED, Look

KIND = "figure"

_PANELS = (("cross_entropy", "Cross-entropy (nats)"), ("error_percent", "Error (%)"))
_PARTS = {"train": "-", "test": (0, (4, 2))}
_STATISTICS = {
    "none": "no batch norm",
    "interpolated": "interpolated statistics",
    "recalibrated": "recalibrated statistics",
}


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all experiments whose minima are measured, and that are run at two batch sizes or more."""
    names = [name for name in minima_experiments(plan) if minima_lines(plan, name)]
    lines = [line for name in names for line in minima_lines(plan, name)]
    return {"interpolation": Needs({"panels": panels_of(plan, names)}, interpolation=lines)} if names else {}


def make(name: str, subject: Mapping[str, Any], files: Files, look: Look) -> Figure:
    """Two panels for each experiment; of several seeds their mean."""
    frame = files.interpolation
    return Figure(
        title="Loss and error on the line between the minima of small and large batches",
        caption=(
            "Networks with the parameters (1 − α)·w₁ + α·w₂: α = 0 is the network trained at the smallest batch size,"
            " α = 1 that of the largest (dotted lines); both began with the same weights. Batch norm's running"
            " statistics are interpolated likewise, a variance at least zero, or measured anew on the training images"
            " at each α. Training and test images, evaluation mode. Several seeds: their mean. The cross-entropy's axis"
            " is logarithmic."
        ),
        drawing=_drawn(frame, as_panels(subject["panels"]), look),
        data=frame,
    )


def _drawn(frame: pd.DataFrame, panels: Sequence[Panel], look: Look) -> Drawing:
    figure, axes = panel_grid(len(_PANELS) * len(panels), "α", "", columns=len(_PANELS))
    there = [name for name in _STATISTICS if name in set(frame["batch_norm_statistics"])]
    colors = dict(zip(_STATISTICS, look.colors, strict=False))
    for panel, *mine in zip(panels, axes[::2], axes[1::2], strict=True):
        rows = frame[frame["experiment"] == panel.experiment]
        for (metric, label), ax in zip(_PANELS, mine, strict=True):
            _draw(ax, rows, metric, colors)
            ax.set_ylabel(label)
        mine[0].set_yscale("log")
        mine[0].set_title(wrapped(panel.label))
    handles = [Line2D([], [], color=colors[name], lw=1.6, label=_STATISTICS[name]) for name in there]
    handles += [Line2D([], [], color=INK, lw=1.2, ls=line, label=f"{part} images") for part, line in _PARTS.items()]
    legend_of(figure, handles)
    return figure


def _draw(ax: Axes, rows: pd.DataFrame, metric: str, colors: Mapping[str, Any]) -> None:
    for statistics, part in rows.groupby("batch_norm_statistics"):
        means = part.groupby("alpha").mean(numeric_only=True)
        for images, line in _PARTS.items():
            ax.plot(means.index, means[f"{images}_{metric}"], color=colors[str(statistics)], lw=1.4, ls=line)
    for end in (0, 1):
        ax.axvline(end, color=MUTED, lw=0.9, ls=":", zorder=1)
    ax.grid(axis="y")
