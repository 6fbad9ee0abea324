"""Small multiples: grids of panels, one colour for each training batch size, one legend."""

import math
import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from gengap.analysis.count_curves import UNTRAINED
from gengap.render.style import Look, literal

# Inches that an entry of a legend takes: its handle with the space about it, each character, and its line.
_LEGEND_HANDLE, _LEGEND_CHARACTER, _LEGEND_LINE = 0.6, 0.075, 0.2
# Of a `panel_grid`.
_COLUMNS = 3
_FORMULA = re.compile(r"\$[^$]*\$")

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Panel:
    """An experiment, how readers know it, and its network in words."""

    experiment: str
    label: str
    network: str = ""


def as_panels(subjects: Iterable[Mapping[str, str]]) -> list[Panel]:
    """Panels from mappings of their attributes."""
    return [Panel(**subject) for subject in subjects]


def by_network(panels: Iterable[Panel]) -> list[list[Panel]]:
    """Those of each network together, in order of appearance."""
    found: dict[str, list[Panel]] = {}
    for panel in panels:
        found.setdefault(panel.network, []).append(panel)
    return list(found.values())


def wrapped(title: str, characters: int = 40) -> str:
    """A panel's title over several lines."""
    return literal("\n".join(textwrap.wrap(title, characters)))


def panel_grid(count: int, x_label: str, y_label: str, columns: int | None = None) -> tuple[Figure, list[Axes]]:
    """A figure with room below for a legend, and its panels.

    Args:
        count: number of panels, one or more.
        x_label: below the lowest panel of each column.
        y_label: beside the first panel of each line.
        columns: number of panels in a line; by default as many as leave no hole, or three.
    """
    columns = columns or (2 if count == 4 else min(_COLUMNS, count))
    lines = math.ceil(count / columns)
    layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.08)
    figure = Figure(figsize=(max(3.5 * columns, 6), 2.55 * lines + 0.5), layout=layout)
    grid = figure.subplots(lines, columns, squeeze=False).ravel()
    for panel in grid[count:]:
        panel.remove()
    axes = list(grid[:count])
    for panel in axes[::columns]:
        panel.set_ylabel(y_label)
    for panel in axes[max(0, count - columns) :]:
        panel.set_xlabel(x_label)
    return figure, axes


def batch_lines(batch_sizes: Iterable[int], look: Look) -> dict[int | str, Line]:
    """How to draw the network of each training batch size, small ones light and large ones dark, and the untrained."""
    sizes = sorted(set(batch_sizes))
    shades = mpl.colormaps[look.ramp]
    places = [0.08 + 0.92 * i / max(1, len(sizes) - 1) for i in range(len(sizes))]
    lines: dict[int | str, Line] = {
        size: {"color": shades(place), "lw": 1.5} for size, place in zip(sizes, places, strict=True)
    }
    return lines | {UNTRAINED: {"color": look.colors[3], "lw": 1.3, "ls": (0, (4, 1.5))}}


def legend(figure: Figure, lines: Mapping[int | str, Line], others: Mapping[str, Line]) -> None:
    """Name the lines below the panels."""
    handles = [
        Line2D([], [], label=key if isinstance(key, str) else f"trained at {key}", **line)
        for key, line in lines.items()
    ]
    handles += [Line2D([], [], label=name, **line) for name, line in others.items()]
    legend_of(figure, handles)


def legend_of(figure: Figure, handles: Sequence[Line2D | Patch]) -> None:
    """Name them below the panels, in as many columns as the figure has room for."""
    longest = max(len(_FORMULA.sub(" " * 10, str(handle.get_label()))) for handle in handles)
    room = max(1, int(figure.get_figwidth() / (_LEGEND_HANDLE + _LEGEND_CHARACTER * longest)))
    columns = min(room, len(handles) if len(handles) <= 5 else math.ceil(len(handles) / 2))
    more_lines = max(0, math.ceil(len(handles) / columns) - 2)
    figure.set_figheight(figure.get_figheight() + _LEGEND_LINE * more_lines)
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, columnspacing=1.6)
