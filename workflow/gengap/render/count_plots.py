"""Counts of singular values against batch size, in three conventions, with their seeds and floors."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis.count_curves import CONVENTIONS
from gengap.render.exhibit import Axes
from gengap.render.style import INK, MUTED, Look

# The first marker is large and hollow, so that all stay visible where curves coincide.
_LINES: Mapping[str, Mapping[str, Any]] = {
    "literal": {"label": "literal (Section 4.4 of the paper)", "marker": "o", "ms": 8.5, "mfc": "none", "mew": 1.6},
    "thin": {"label": "thin (shorter side of each unfolding)", "marker": "^", "ms": 6.0, "mec": "white", "mew": 0.6},
    "full": {"label": "full ($I_n$ values in every mode)", "marker": "s", "ms": 5.0, "mec": "white", "mew": 0.6},
}

FLOOR: Mapping[str, Any] = {"color": "#c9c9c9", "lw": 9, "solid_capstyle": "butt", "zorder": 0}
"""What is forced, beneath what is measured."""


def count_lines(look: Look) -> dict[str, dict[str, Any]]:
    """How to draw the counts of each convention."""
    return {name: {**_LINES[name], "color": color} for name, color in zip(CONVENTIONS, look.colors, strict=False)}


def draw_counts(axes: Axes, curves: Mapping[str, pd.DataFrame], look: Look) -> None:
    """Draw counts against batch size: the means over the seeds, their range, and what is forced, beneath.

    Args:
        axes: where to draw; its counts have a logarithmic axis that begins at 0.
        curves: by convention.
        look: from `figure_style`.
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    for convention, line in count_lines(look).items():
        axes.plot(curves[convention]["mean"], lw=2, zorder=2, **line)
    for curve, line in zip(curves.values(), count_lines(look).values(), strict=True):
        axes.plot(curve["rank_floor"], marker="s", ms=9, mew=0, label="floor: forced by shapes and ranks", **FLOOR)
        if (curve["rank_floor"] > curve["shape_floor"]).any():
            axes.plot(curve["shape_floor"], color=INK, lw=0.9, ls=(0, (1, 1.6)), label="forced by shapes alone")
        if (curve["high"] > curve["low"]).any():
            label = "smallest to largest seed"
            shade: dict[str, Any] = {"color": line["color"], "alpha": 0.22, "lw": 0, "zorder": 1, "label": label}
            axes.fill_between(curve.index, curve["low"], curve["high"], **shade)
        lost = curve.index[curve["diverged"] > 0]
        if len(lost):
            mark: dict[str, Any] = {"color": INK, "ls": "none", "marker": "x", "label": "a run diverged (also *, div.)"}
            axes.plot(lost, np.full(len(lost), 0.97), transform=axes.get_xaxis_transform(), **mark)
    axes.set_yscale("symlog", linthresh=1, linscale=0.6)
    axes.yaxis.set_major_locator(FixedLocator([0, *(10**power for power in range(0, 9))]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _power_of_ten(value)))
    axes.margins(y=0.1)
    axes.grid(axis="y")
    axes.axhline(0, color=MUTED, lw=0.8, zorder=0)


def _power_of_ten(value: float) -> str:
    return f"{value:.0f}" if value < 100 else f"$10^{{{round(math.log10(value))}}}$"
