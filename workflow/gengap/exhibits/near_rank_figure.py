"""Figures 1 to 6, and a user's own: near-rank loss against batch size, with its controls."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from gengap.analysis import count_curves
from gengap.analysis.count_curves import CONVENTIONS, UNTRAINED
from gengap.analysis.fed_batches import common_fed_batch
from gengap.config.plan import Plan
from gengap.config.subjects import figure_subject
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.render.count_plots import count_lines, draw_counts
from gengap.render.exhibit import Axes, Drawing, Figure
from gengap.render.numbers import count, plain_power
from gengap.render.panels import labelled, legend_of, wrapped
from gengap.render.style import INK, MUTED, Look, batch_size_axis

KIND = "figure"


def needs(plan: Plan) -> dict[str, Needs]:
    """One for each figure of experiments."""
    return {
        f"figure_{number}": Needs(figure_subject(plan, number), {"counts": figure["experiments"]})
        for number, figure in plan.figures.items()
        if "experiments" in figure
    }


def make(subject: Subject, files: Files, look: Look) -> Figure:
    """A row of three panels per experiment: own batch, one common batch, and trained against fed."""
    panels = subject["panels"]
    labels = [panel["label"] for panel in panels]
    counts, threshold, convention = files.counts, subject["threshold"], subject["convention"]
    selected = [count_curves.select(counts, panel["experiment"], threshold) for panel in panels]
    data = pd.concat(selected)
    text = f"Singular values ≤ {plain_power(threshold)}, {' and '.join(labels)}; right: {convention} count."
    alike = [plain_power(other) for other in _alike(data, counts)]
    same = f" The counts are the same at {' and '.join(alike)}." if alike else ""
    return Figure(
        title=subject["title"] or f"Near-rank loss at {plain_power(threshold)}, {' and '.join(labels)}",
        caption=f"{text}{same} {subject['note']}".strip(),
        number=subject["number"],
        drawing=_drawn(subject, selected, look),
        data=data,
    )


def _alike(shown: pd.DataFrame, counts: pd.DataFrame) -> list[float]:
    """Other absolute thresholds at which every count is the same."""
    key = ["experiment", "seed", "trained_batch_size", "fed_batch_size", "convention"]
    here = counts[counts["experiment"].isin(shown["experiment"]) & (counts["threshold_kind"] == "absolute")]
    wide = here.pivot_table(index=key, columns="threshold", values="count", dropna=False)
    return [at for at in wide if at != shown["threshold"].iloc[0] and wide[at].equals(wide[shown["threshold"].iloc[0]])]


def _drawn(subject: Subject, selected: Sequence[pd.DataFrame], look: Look) -> Drawing:
    """A row of three panels per experiment.

    Left: the number of singular values ≤ threshold, summed over layers and modes, of each network fed a batch of its
    own training batch size (Algorithm 1 of the paper), in three counting conventions. Middle: every network fed one and
    the same batch, empty where no two were. Right: training batch size against fed batch size in one convention.
    """
    from matplotlib.figure import Figure as Canvas
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    threshold, convention = subject["threshold"], subject["convention"]
    networks = max(chosen["trained_batch_size"].nunique(dropna=False) for chosen in selected)
    height = len(selected) * max(3.4, 1.6 + 0.24 * networks) + 0.65
    layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.11, wspace=0.03)
    figure = Canvas(figsize=(11, height), layout=layout)
    axes = figure.subplots(len(selected), 3, squeeze=False, width_ratios=[1, 1.15, 1.1])
    for (left, middle, right), panel, chosen in zip(axes, subject["panels"], selected, strict=True):
        sizes = [int(size) for size in sorted(chosen["trained_batch_size"].dropna().unique())]
        draw_counts(left, {name: count_curves.own_batch(chosen, name) for name in CONVENTIONS}, look)
        batch_size_axis(left, sizes, room=1.4)
        left.set_title(f"{wrapped(panel['label'], 3)}\nFed a batch of the size trained with")
        left.set(xlabel="Batch size, trained and fed", ylabel=f"Singular values ≤ {plain_power(threshold)}")
        fed = common_fed_batch(chosen)
        middle.set_title(f"All fed one batch of {fed}" if fed else "No two fed one batch")
        if fed:
            _draw_same_batch(middle, chosen, fed, look)
            middle.sharey(left)
        right.set_title(f"Trained × fed, {convention} count")
        _draw_grid(right, *count_curves.grid(chosen, convention), look)
    legend_of(figure, labelled(axes.ravel()))
    return figure


def _draw_same_batch(axes: Axes, counts: pd.DataFrame, fed: int, look: Look) -> None:
    """Counts of networks fed one batch, at the left those of the untrained ones."""
    curves = {name: count_curves.same_batch(counts, name, fed) for name in CONVENTIONS}
    draw_counts(axes, curves, look)
    sizes = sorted({size for curve in curves.values() for size in curve.index})
    batch_size_axis(axes, sizes, room=1.4)
    apart = sizes[0] / 4
    untrained = {name: count_curves.untrained(counts, name, fed) for name in CONVENTIONS}
    for name, line in count_lines(look).items():
        axes.plot([apart] * len(untrained[name]), untrained[name], ls="none", **line)
    if any(len(values) for values in untrained.values()):
        axes.set_xticks([apart, *sizes], [UNTRAINED, *map(str, sizes)])
        axes.set_xlim(left=apart / 1.7)
        axes.axvline(apart * 2, color=MUTED, lw=0.6, ls=":")
    axes.set_xlabel("Training batch size")


def _draw_grid(axes: Axes, means: pd.DataFrame, diverged: pd.DataFrame, look: Look) -> None:
    import matplotlib as mpl
    from matplotlib.colors import ListedColormap, SymLogNorm
    from matplotlib.patches import Rectangle

    norm = SymLogNorm(linthresh=1.0, vmin=0.0, vmax=float(np.nanmax(means, initial=1.0)))
    # The lighter part of the map, on which the numbers can be read.
    colors = ListedColormap(mpl.colormaps["mako_r"](np.linspace(0.0, 0.66, 256))).with_extremes(bad="#f1f1f1")
    axes.pcolormesh(np.ma.masked_invalid(means), cmap=colors, norm=norm, edgecolors="white", linewidth=1.2)
    cells = means.combine(diverged, lambda of_fed, lost: of_fed.combine(lost, _cell))
    # In points, so that the longest number fits its cell.
    size = min(9.5, 290 / len(cells.columns) / cells.map(len).max(axis=None))
    for i, trained in enumerate(cells.index):
        for j, fed in enumerate(cells.columns):
            color = "white" if norm(means.iloc[i, j]) > 0.6 else INK
            axes.text(j + 0.5, i + 0.5, cells.iloc[i, j], ha="center", va="center", fontsize=size, color=color)
            if trained == fed:
                frame = Rectangle((j + 0.03, i + 0.04), 0.94, 0.92, fill=False, ec=look.colors[3], lw=1.8, zorder=4)
                frame.set_label("fed its own batch size")
                axes.add_patch(frame)
    axes.set_xticks(np.arange(len(cells.columns)) + 0.5, map(str, cells.columns), rotation=45)
    axes.set_yticks(np.arange(len(cells)) + 0.5, map(str, cells.index))
    axes.invert_yaxis()
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.set(xlabel="Fed batch size", ylabel="Training batch size")


def _cell(mean: float, diverged: int) -> str:
    if diverged and math.isnan(mean):
        return "div."
    return count(mean) + ("*" if diverged else "")
