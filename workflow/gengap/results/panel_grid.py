"""Small panels side by side, line by line, labelled at the edges."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

_COLUMNS = 3


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
