"""Figures 1 to 6, and a user's own: near-rank loss against batch size, with its controls."""

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, SymLogNorm
from matplotlib.figure import Figure as Drawing
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.patches import Patch, Rectangle

from gengap.analysis import count_curves
from gengap.analysis.count_curves import CONVENTIONS, UNTRAINED, Grid
from gengap.config.plan import Plan
from gengap.config.subjects import figure_subject
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs
from gengap.render.count_plots import (
    FLOOR,
    Shown,
    convention_colors,
    count_axis,
    draw_curves,
    label_rotation,
    legend_handles,
    mark_diverged,
    marker_of,
    share_count_limits,
)
from gengap.render.exhibit import Figure
from gengap.render.numbers import plain_power
from gengap.render.style import INK, MUTED, Look, literal

KIND = "figure"


def needs(plan: Plan) -> dict[str, Needs]:
    """One for each figure of experiments."""
    return {
        f"figure_{number}": Needs(figure_subject(plan, number), counts=figure["experiments"])
        for number, figure in plan.figures.items()
        if "experiments" in figure
    }


def make(name: str, subject: Mapping[str, Any], files: Files, look: Look) -> Figure:
    """A row of three panels per experiment: own batch, one common batch, and trained against fed."""
    panels = subject["panels"]
    labels = [panel["label"] for panel in panels]
    counts, threshold, convention = files.counts, subject["threshold"], subject["convention"]
    data = pd.concat([count_curves.select(counts, panel["experiment"], threshold) for panel in panels])
    text = f"Singular values ≤ {plain_power(threshold)}, {' and '.join(labels)}; right: {convention} count."
    alike = [plain_power(other) for other in _alike(data, counts)]
    same = f" The counts are the same at {' and '.join(alike)}." if alike else ""
    return Figure(
        title=subject["title"] or f"Near-rank loss at {plain_power(threshold)}, {' and '.join(labels)}",
        caption=f"{text}{same} {subject['note']}".strip(),
        number=subject["number"],
        drawing=drawn(counts, panels, threshold=threshold, convention=convention, look=look, note=subject["note"]),
        data=data,
    )


def _alike(shown: pd.DataFrame, counts: pd.DataFrame) -> list[float]:
    """Other absolute thresholds at which every count is the same."""
    key = ["experiment", "seed", "trained_batch_size", "fed_batch_size", "convention"]
    here = counts[counts["experiment"].isin(shown["experiment"]) & (counts["threshold_kind"] == "absolute")]
    wide = here.pivot_table(index=key, columns="threshold", values="count", dropna=False)
    return [at for at in wide if at != shown["threshold"].iloc[0] and wide[at].equals(wide[shown["threshold"].iloc[0]])]


def drawn(
    counts: pd.DataFrame,
    panels: Sequence[Mapping[str, str]],
    *,
    threshold: float,
    convention: str,
    look: Look,
    note: str = "",
) -> Drawing:
    """Draw a row of three panels per experiment.

    Left: the number of singular values ≤ threshold, summed over layers and modes, of each network fed a
    batch of its own training batch size (Algorithm 1 of the paper), in three counting conventions, with
    the floors that follow from shapes and ranks. Middle: every network fed one and the same batch, empty
    where no two were. Right: training batch size against fed batch size in one convention.

    Args:
        counts: what `read_counts` returns.
        panels: experiments, one row each.
        threshold: absolute threshold of the singular values.
        convention: convention of the right panels: `literal`, `thin` or `full`.
        look: from `figure_style`.
        note: what a reader must know about the data; drawn above.
    """
    selected = [count_curves.select(counts, panel["experiment"], threshold) for panel in panels]
    networks = max(chosen["trained_batch_size"].nunique(dropna=False) for chosen in selected)
    remark = textwrap.wrap(note, 125)
    height = len(panels) * max(3.2, 1.4 + 0.24 * networks) + 0.65 + 0.2 * len(remark)
    figure = Drawing(figsize=(11, height), layout=ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.11, wspace=0.03))
    axes = figure.subplots(len(panels), 3, squeeze=False, width_ratios=[1, 1.15, 1.1])
    colors, shown = convention_colors(look), Shown()
    for row, panel, chosen in zip(axes, panels, selected, strict=True):
        own = {convention: count_curves.own_batch(chosen, convention) for convention in CONVENTIONS}
        draw_curves(row[0], own, sorted(chosen["trained_batch_size"].dropna().unique()), colors, shown)
        row[0].set_xlabel("Batch size, trained and fed")
        _draw_same_batch(row[1], chosen, colors, shown)
        share_count_limits([row[0], row[1]], diverged=bool(chosen["count"].isna().any()))
        _draw_grid(row[2], count_curves.grid(chosen, convention), look)
        # The empty line keeps room for the name of the row, whose width must not widen the panel.
        row[0].set_title("\nFed a batch of the size trained with")
        fed = count_curves.common_fed_batch(chosen)
        row[1].set_title(f"All fed one batch of {fed}" if fed else "No two fed one batch")
        row[2].set_title(f"Trained × fed, {convention} count")
        _name_row(row[0], literal(panel["label"]))
        row[0].set_ylabel(f"Singular values ≤ {plain_power(threshold)}")
    handles = [
        *legend_handles(colors, shown),
        Patch(fill=False, ec=look.colors[3], lw=1.8, label="fed its own batch size"),
    ]
    columns = len(handles) if len(handles) <= 4 else math.ceil(len(handles) / 2)
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, columnspacing=1.8)
    if remark:
        figure.suptitle(literal("\n".join(remark)), fontsize="medium", color=MUTED, x=0.012, ha="left")
    return figure


def _name_row(axes: Axes, label: str) -> None:
    above: dict[str, Any] = {"xycoords": "axes fraction", "xytext": (0, 21), "textcoords": "offset points"}
    name = axes.annotate(label, (0, 1), **above, fontweight="bold", fontsize="large")
    name.set_in_layout(False)


def _draw_same_batch(axes: Axes, counts: pd.DataFrame, colors: dict, shown: Shown) -> None:
    fed = count_curves.common_fed_batch(counts)
    curves = {name: count_curves.same_batch(counts, name, fed) for name in CONVENTIONS}
    sizes = sorted({int(size) for curve in curves.values() for size in curve.batch_sizes})
    references = {name: count_curves.untrained(counts, name, fed) for name in CONVENTIONS}
    has_untrained = any(len(values) for values in references.values())
    position = {size: i for i, size in enumerate(sizes)}
    apart = -1.5
    diverged: set[int] = set()
    for shift, convention in zip((-0.24, 0.0, 0.24), CONVENTIONS, strict=True):
        curve, color = curves[convention], colors[convention]
        x = np.array([position[int(size)] for size in curve.batch_sizes]) + shift
        axes.plot(x, curve.mean, color=color, lw=0.8, alpha=0.6, zorder=1)
        axes.plot(x, curve.mean, color=color, ls="none", zorder=3, **marker_of(convention, color))
        axes.vlines(x, curve.low, curve.high, color=color, lw=1.6, zorder=2)
        axes.hlines(curve.rank_floor, x - 0.2, x + 0.2, zorder=0, color=FLOOR["color"], lw=FLOOR["lw"])
        diverged |= {position[int(size)] for size in curve.batch_sizes[curve.diverged > 0]}
        values = references[convention]
        if len(values):
            axes.plot(apart + shift, values.mean(), color=color, ls="none", zorder=3, **marker_of(convention, color))
            axes.vlines(apart + shift, values.min(), values.max(), color=color, lw=1.6, zorder=2)
    mark_diverged(axes, np.array(sorted(diverged)), shown)
    ticks: dict[float, str] = {apart: UNTRAINED} if has_untrained else {}
    ticks |= {i: str(size) for size, i in position.items()}
    axes.set_xticks(list(ticks), list(ticks.values()), rotation=label_rotation(sizes))
    axes.set_xlim(apart - 0.75 if has_untrained else -0.6, len(sizes) - 0.4)
    if has_untrained:
        axes.axvline(apart / 2, color=MUTED, lw=0.6, ls=":")
    axes.set_xlabel("Training batch size")
    count_axis(axes)


def _draw_grid(axes: Axes, grid: Grid, look: Look) -> None:
    norm = SymLogNorm(linthresh=1.0, vmin=0.0, vmax=float(np.nanmax(grid.mean, initial=1.0)))
    # The lighter part of the map, on which the numbers can be read.
    shades = mpl.colormaps[look.heat](np.linspace(0.0, 0.66, 256))
    colors = ListedColormap(shades).with_extremes(bad="#f1f1f1")
    axes.pcolormesh(np.ma.masked_invalid(grid.mean), cmap=colors, norm=norm, edgecolors="white", linewidth=1.2)
    size = _cell_font(grid)
    for i, row in enumerate(grid.trained):
        for j, fed in enumerate(grid.fed):
            value, text = grid.mean[i, j], _cell(grid.mean[i, j], int(grid.diverged[i, j]))
            luminance = 1.0 if math.isnan(value) else float(np.dot(colors(norm(value))[:3], (0.299, 0.587, 0.114)))
            color = "white" if luminance < 0.5 else INK
            axes.text(j + 0.5, i + 0.5, text, ha="center", va="center", fontsize=size, color=color)
            if row == fed:
                axes.add_patch(
                    Rectangle((j + 0.03, i + 0.04), 0.94, 0.92, fill=False, ec=look.colors[3], lw=1.8, zorder=4)
                )
    axes.set_xticks(np.arange(len(grid.fed)) + 0.5, [str(fed) for fed in grid.fed], rotation=label_rotation(grid.fed))
    axes.set_yticks(np.arange(len(grid.trained)) + 0.5, [str(row) for row in grid.trained])
    axes.invert_yaxis()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if UNTRAINED in grid.trained:
        axes.axhline(1, color=MUTED, lw=0.8, ls=":")
    axes.set_xlabel("Fed batch size")
    axes.set_ylabel("Training batch size")


def _cell(mean: float, diverged: int) -> str:
    if math.isnan(mean):
        return "div." if diverged else "–"
    text = f"{mean:.0f}" if mean == round(mean) or mean >= 100 else f"{mean:.1f}"
    return text + ("*" if diverged else "")


def _cell_font(grid: Grid) -> float:
    """Largest size in points at which the longest number fits its cell."""
    longest = max(len(_cell(value, 0)) for value in grid.mean.ravel())
    width_points = 2.9 * 72 / len(grid.fed)
    return min(0.95 * mpl.rcParams["font.size"] * 1.1, 0.88 * width_points / (0.64 * longest))
