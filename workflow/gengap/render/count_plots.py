"""Counts of singular values against batch size, in three conventions, with their seeds and floors."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from gengap.analysis.count_curves import CONVENTIONS, Curve
from gengap.render.style import INK, MUTED, Look, batch_size_axis

_MARKERS = {"literal": "o", "thin": "^", "full": "s"}
_MARKER_SIZES = {"literal": 8.5, "thin": 6.0, "full": 5.0}
_NAMES = {
    "literal": "literal (Section 4.4 of the paper)",
    "thin": "thin (shorter side of each unfolding)",
    "full": "full ($I_n$ values in every mode)",
}

FLOOR: dict[str, Any] = {"color": "#c9c9c9", "lw": 9, "solid_capstyle": "butt"}
"""What is forced, beneath what is measured."""


@dataclass
class Shown:
    """What the legend must explain, since it appears somewhere."""

    seeds: bool = False
    shape_floor: bool = False
    diverged: bool = False


def convention_colors(look: Look) -> dict[str, Any]:
    """The colour of each counting convention."""
    return dict(zip(CONVENTIONS, (look.colors[0], look.colors[1], look.colors[2]), strict=True))


def draw_curves(
    axes: Axes, curves: Mapping[str, Curve], sizes: Sequence[int], colors: Mapping[str, Any], shown: Shown
) -> None:
    """Draw counts against batch size, a curve for each convention with its seeds and its floors.

    Args:
        axes: where to draw; `share_count_limits` sets its limits.
        curves: by convention.
        sizes: batch sizes of the axis, ascending.
        colors: by convention, from `convention_colors`.
        shown: gains what the legend must explain.
    """
    for convention, curve in curves.items():
        color, x = colors[convention], curve.batch_sizes
        axes.plot(x, curve.mean, color=color, lw=2, zorder=2, **marker_of(convention, color))
        if (curve.high > curve.low).any():
            axes.fill_between(x, curve.low, curve.high, color=color, alpha=0.22, lw=0, zorder=1)
            shown.seeds = True
        _draw_floors(axes, curve, shown)
        mark_diverged(axes, x[curve.diverged > 0], shown)
    batch_size_axis(axes, sizes, room=1.4, rotation=label_rotation(sizes))
    count_axis(axes)


def _draw_floors(axes: Axes, curve: Curve, shown: Shown) -> None:
    """A wide grey line beneath: where a count is its floor, it runs inside."""
    x = curve.batch_sizes
    if len(x) == 1:
        axes.plot(x, curve.rank_floor, color=FLOOR["color"], ls="none", marker="s", ms=14, zorder=0)
    axes.plot(x, curve.rank_floor, zorder=0, **FLOOR)
    if (curve.rank_floor > curve.shape_floor).any():
        axes.plot(x, curve.shape_floor, color=INK, lw=0.9, ls=(0, (1, 1.6)), zorder=3)
        shown.shape_floor = True


def count_axis(axes: Axes) -> None:
    """Logarithmic from 1 upwards and linear from 0 to 1, so that a count of zero has its place."""
    axes.set_yscale("symlog", linthresh=1, linscale=0.6)
    axes.yaxis.set_major_locator(FixedLocator([0, *(10**power for power in range(0, 9))]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: "0" if value == 0 else _power_of_ten(value)))
    axes.grid(axis="y")
    axes.axhline(0, color=MUTED, lw=0.8, zorder=0)


def share_count_limits(panels: Sequence[Axes], diverged: bool) -> None:
    """Give panels of counts the same limits, with room above for the marks of diverged runs."""
    values = [
        float(value)
        for axes in panels
        for line in axes.get_lines()
        for value in np.atleast_1d(line.get_ydata())
        if np.isfinite(value)
    ]
    for axes in panels:
        axes.set_ylim(-0.35, max(10.0, max(values, default=1.0)) * (6 if diverged else 2.2))


def mark_diverged(axes: Axes, x: np.ndarray, shown: Shown) -> None:
    """Mark batch sizes at which a seed has diverged."""
    if len(x):
        bottom = axes.get_xaxis_transform()
        axes.plot(x, np.full(len(x), 0.95), ls="none", marker="x", ms=6, mew=1.6, color=INK, transform=bottom)
        shown.diverged = True


def marker_of(convention: str, color: object) -> dict[str, Any]:
    """Markers that stay visible where curves coincide: the first one is large and hollow."""
    hollow = convention == "literal"
    return {
        "marker": _MARKERS[convention],
        "ms": _MARKER_SIZES[convention],
        "mfc": "none" if hollow else color,
        "mec": color if hollow else "white",
        "mew": 1.6 if hollow else 0.6,
    }


def legend_handles(colors: Mapping[str, Any], shown: Shown) -> list[Line2D | Patch]:
    """The legend's entries: the conventions and what else `shown` names."""
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=colors[name], lw=2, label=_NAMES[name], **marker_of(name, colors[name]))
        for name in CONVENTIONS
    ]
    handles.append(Patch(color=FLOOR["color"], lw=0, label="floor: forced by shapes and ranks"))
    if shown.shape_floor:
        handles.append(Line2D([], [], color=INK, lw=0.9, ls=(0, (1, 1.6)), label="forced by shapes alone"))
    if shown.seeds:
        handles.append(Patch(color=colors["literal"], alpha=0.22, lw=0, label="smallest to largest seed"))
    if shown.diverged:
        handles.append(
            Line2D([], [], color=INK, ls="none", marker="x", ms=6, mew=1.6, label="a run diverged (also *, div.)")
        )
    return handles


def label_rotation(sizes: Sequence[int]) -> float:
    """Labels stand side by side while they have room, and lean where they have not."""
    return 0 if sum(len(str(size)) + 2 for size in sizes) <= 42 else 45


def _power_of_ten(value: float) -> str:
    exponent = round(math.log10(value))
    return f"{value:.0f}" if exponent < 2 else f"$10^{{{exponent}}}$"
