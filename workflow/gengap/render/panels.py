"""Small multiples: a panel for each network or table, in it a curve for each of some names, one legend below."""

import itertools
import math
import re
import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from gengap.analysis.count_curves import UNTRAINED
from gengap.render.exhibit import Artist, Axes, Drawing
from gengap.render.style import INK, Look, batch_size_axis, literal, plain_log_ticks

# Inches that an entry of a legend takes: its handle with the space about it, each character, and its line.
_LEGEND_HANDLE, _LEGEND_CHARACTER, _LEGEND_LINE = 0.6, 0.075, 0.2
# Of a panel's title, in an inch.
_CHARACTERS = 10.5
_FORMULA = re.compile(r"\$[^$]*\$")

Line = Mapping[str, Any]

PRINTED: Line = {"color": INK, "marker": "D", "ms": 4.5, "mfc": "none", "ls": "none", "zorder": 4}
"""Values of the paper."""


def small_multiples(
    frame: pd.DataFrame,
    lines: Mapping[str, Line],
    *,
    x: str,
    x_label: str,
    y_label: str = "",
    logarithmic: Collection[str] = (),
) -> tuple[Drawing, dict[Any, Axes]]:
    """Draw curves in panels: a line through the means of a curve at each x, and a dot for each of its values.

    Args:
        frame: long rows: `panel` (its title), `curve` (its name in the legend), the column named by `x`, and `value`.
            With `quantity`, each panel becomes a line of panels, one for each quantity, which labels its y axis.
        lines: how Matplotlib draws each curve, in the order of the legend; without a marker it has no dots.
        x: `batch_size` has an axis with a tick at each size, any other column a linear one.
        x_label: below the lowest panel of each column.
        y_label: beside the first panel of each line, where there are no quantities.
        logarithmic: quantities, `x_label` or `y_label` whose axis is logarithmic.

    Returns:
        The figure, and its panels by `panel` and `quantity`.
    """
    from matplotlib.lines import Line2D

    labelled = "quantity" in frame
    frame = frame.dropna(subset="value") if labelled else frame.dropna(subset="value").assign(quantity=y_label)
    groups = {
        (title, quantity): rows
        for title, panel in frame.groupby("panel", sort=False)
        for quantity, rows in panel.groupby("quantity", sort=False)
    } or {("No training has ended", ""): frame}
    titles = [title for title, _ in groups]
    counts = [titles.count(title) for title in dict.fromkeys(titles)] if labelled else wrapped_lines(len(groups))
    figure, axes = panel_grid(counts, x_label, y_label)
    for number, ((title, quantity), panel) in enumerate(zip(groups, axes, strict=True)):
        rows = groups[title, quantity]
        for name, line in lines.items():
            if (rows["curve"] == name).any():
                _draw(panel, rows[rows["curve"] == name], x, line)
        if title not in titles[:number]:
            panel.set_title(wrapped(title, figure.get_figwidth() / max(counts)))
        if labelled:
            panel.set_ylabel(quantity)
        if quantity in logarithmic:
            panel.set_yscale("log", nonpositive="clip")
            plain_log_ticks(panel.yaxis)
        if x_label in logarithmic:
            panel.set_xscale("log")
            plain_log_ticks(panel.xaxis)
            panel.tick_params(axis="x", labelrotation=45)
        if x == "batch_size" and len(rows):
            batch_size_axis(panel, sorted({int(size) for size in rows[x]}))
        panel.margins(y=0.12)
        panel.grid(axis="y")
    shown = set(frame["curve"])
    legend_of(figure, [Line2D([], [], label=name, **line) for name, line in lines.items() if name in shown])
    return figure, dict(zip(groups, axes, strict=True))


def _draw(axes: Axes, rows: pd.DataFrame, x: str, line: Line) -> None:
    if line.get("ls") != "none":
        means = rows.groupby(x)["value"].mean()
        axes.plot(means.index, means, **{**line, "marker": ""})
    if "marker" in line:
        axes.plot(rows[x], rows["value"], **{"zorder": 3, **line, "ls": "none"})


def wrapped(title: str, inches: float = 3.5) -> str:
    """A panel's title over as many lines as its width asks for."""
    return literal("\n".join(textwrap.wrap(title, int(_CHARACTERS * inches), break_on_hyphens=False)))


def wrapped_lines(count: int) -> list[int]:
    """Numbers of panels in each line of a grid with few holes."""
    columns = 2 if count == 4 else min(count, min((3, 4), key=lambda number: -count % number))
    return [min(columns, count - first) for first in range(0, count, columns)]


def panel_grid(lines: Sequence[int], x_label: str, y_label: str) -> tuple[Drawing, list[Axes]]:
    """A figure with room below for a legend, and its panels.

    Args:
        lines: number of panels in each line.
        x_label: below the lowest panel of each column.
        y_label: beside the first panel of each line.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    columns = max(lines)
    layout = ConstrainedLayoutEngine(w_pad=0.06, h_pad=0.08)
    size = (min(max(3.5 * columns, 6), 12), 2.55 * len(lines) + 0.5)
    figure = Figure(figsize=size, layout=layout)
    grid = figure.subplots(len(lines), columns, squeeze=False)
    for row, number in zip(grid, lines, strict=True):
        row[0].set_ylabel(y_label)
        for panel in row[number:]:
            panel.remove()
    for column in range(columns):
        lowest = max(line for line, number in enumerate(lines) if number > column)
        grid[lowest, column].set_xlabel(x_label)
    return figure, [panel for row, number in zip(grid, lines, strict=True) for panel in row[:number]]


def lines_of(names: Iterable[str], look: Look) -> dict[str, Line]:
    """How to draw curves that have no order: colours, markers and dashes that tell them apart."""
    styles = zip(*(itertools.cycle(those) for those in (look.colors, "os^Dv", ("-", (0, (4, 2))))), strict=True)
    return {
        name: {"color": color, "marker": marker, "ls": dashes, "ms": 4.5, "mec": "white", "mew": 0.5, "lw": 1.6}
        for name, (color, marker, dashes) in zip(names, styles, strict=False)
    }


def batch_lines(batch_sizes: Iterable[int], look: Look) -> dict[str, Line]:
    """How to draw what `trained_at` names: small batch sizes light and large ones dark, and the untrained network."""
    import matplotlib as mpl

    sizes = sorted({int(size) for size in batch_sizes})
    shades = mpl.colormaps["viridis_r"]  # lines need more than lightness to be told apart
    places = [0.08 + 0.92 * i / max(1, len(sizes) - 1) for i in range(len(sizes))]
    lines: dict[str, Line] = {
        f"trained at {size}": {"color": shades(at), "lw": 1.5} for size, at in zip(sizes, places, strict=True)
    }
    return lines | {UNTRAINED: {"color": look.colors[3], "lw": 1.3, "ls": (0, (4, 1.5))}}


def trained_at(batch_sizes: pd.Series) -> pd.Series:
    """Names of curves by training batch size; no size is the untrained network."""
    return batch_sizes.astype(object).map(lambda size: UNTRAINED if pd.isna(size) else f"trained at {size:.0f}")


def labelled(panels: Iterable[Axes]) -> list[Artist]:
    """What a legend is to name: the first of each name in some panels."""
    found: dict[str, Artist] = {}
    for panel in panels:
        for handle, label in zip(*panel.get_legend_handles_labels(), strict=True):
            found.setdefault(label, handle)
    return list(found.values())


def legend_of(figure: Drawing, handles: Sequence[Artist]) -> None:
    """Name them below the panels, in as many columns as the figure has room for."""
    if not handles:
        return
    longest = max(len(_FORMULA.sub(" " * 10, str(handle.get_label()))) for handle in handles)
    room = max(1, int(figure.get_figwidth() / (_LEGEND_HANDLE + _LEGEND_CHARACTER * longest)))
    lines = max(math.ceil(len(handles) / room), 1 if len(handles) <= 5 else 2)
    figure.set_figheight(figure.get_figheight() + _LEGEND_LINE * max(0, lines - 2))
    columns = math.ceil(len(handles) / lines)
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, columnspacing=1.6)
