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

from gengap.analysis.count_curves import UNTRAINED
from gengap.render.style import INK, MUTED, Look, literal

# Inches that an entry of a legend takes: its handle with the space about it, each character, and its line.
_LEGEND_HANDLE, _LEGEND_CHARACTER, _LEGEND_LINE = 0.6, 0.075, 0.2
# Of a `panel_grid`.
_COLUMNS = 3
_FORMULA = re.compile(r"\$[^$]*\$")

Line = Mapping[str, Any]


@dataclass(frozen=True)
class Panel:
    """An experiment and how readers know it."""

    experiment: str
    label: str


def as_panels(subjects: Iterable[Mapping[str, str]]) -> list[Panel]:
    """Panels from mappings of `experiment` and `label`."""
    return [Panel(subject["experiment"], subject["label"]) for subject in subjects]


def wrapped(title: str) -> str:
    """A panel's title over several lines."""
    return literal("\n".join(textwrap.wrap(title, 40)))


def panel_grid(count: int, x_label: str, y_label: str) -> tuple[Figure, list[Axes]]:
    """A figure with room below for a legend, and its panels.

    Args:
        count: number of panels, one or more.
        x_label: below the lowest panel of each column.
        y_label: beside the first panel of each line.
    """
    columns = min(_COLUMNS, count)
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


def experiment_grid(
    labels: Sequence[str], titles: Sequence[Sequence[str]], *, height: float = 2.3, columns: int = 4
) -> tuple[Figure, list[list[Axes]]]:
    """A figure with the same number of panels for each subject, side by side.

    Args:
        labels: names of the subjects, above the first panel of each.
        titles: for each subject the titles of its panels.
        height: of one row, in inches.
        columns: number of panels in a row.

    Returns:
        The figure and, for each subject, its axes in the order of the titles.
    """
    each = len(titles[0])
    across = min(columns // each, len(labels))
    rows, columns = math.ceil(len(labels) / across), across * each
    figure = Figure(figsize=(max(5.5, 2.75 * columns), height * rows + 0.75), layout="constrained")
    axes = figure.subplots(rows, columns, squeeze=False)
    placed = []
    for number, (label, names) in enumerate(zip(labels, titles, strict=True)):
        row, place = divmod(number, across)
        mine = list(axes[row][place * each : (place + 1) * each])
        lines = textwrap.wrap(label, 30 * each - 6)
        for ax, title in zip(mine, names, strict=True):
            ax.set_title("\n" * len(lines) + title, color=MUTED)
        # An annotation has no part in the layout: its width must not widen the panel.
        name = mine[0].annotate(
            literal("\n".join(lines)),
            (0, 1),
            xycoords="axes fraction",
            xytext=(0, 20),
            textcoords="offset points",
            fontweight="bold",
        )
        name.set_in_layout(False)
        placed.append(mine)
    for ax in axes.ravel()[len(labels) * each :]:
        ax.set_visible(False)
    return figure, placed


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


def legend_of(figure: Figure, handles: Sequence[Line2D]) -> None:
    """Name them below the panels, in as many columns as the figure has room for."""
    longest = max(len(_FORMULA.sub(" " * 10, str(handle.get_label()))) for handle in handles)
    room = max(1, int(figure.get_figwidth() / (_LEGEND_HANDLE + _LEGEND_CHARACTER * longest)))
    columns = min(room, len(handles) if len(handles) <= 5 else math.ceil(len(handles) / 2))
    more_lines = max(0, math.ceil(len(handles) / columns) - 2)
    figure.set_figheight(figure.get_figheight() + _LEGEND_LINE * more_lines)
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, columnspacing=1.6)


SHAPE_FLOOR: Line = {"color": INK, "lw": 0.9, "ls": (0, (1, 1.6))}
RANK_FLOOR: Line = {"color": INK, "lw": 0.9, "ls": (0, (5, 2))}
