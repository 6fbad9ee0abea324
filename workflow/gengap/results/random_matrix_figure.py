"""Histograms of the singular values of random matrices (Figures A1 to A3)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from gengap.random_matrices.law import Law
from gengap.random_matrices.theory import marchenko_pastur_density, marchenko_pastur_edges
from gengap.results.style import INK, MUTED, Look

Size = tuple[int, int]
Values = NDArray[np.float64]

_MOST_BINS = 48


def random_matrix_figure(spectra: Mapping[Size, str | Path], law: Law, look: Look) -> Figure:
    """Draw one panel per size, one row of panels per number of matrix rows.

    A panel shows the density of all singular values over the repeats, the Marchenko-Pastur density and the
    mean smallest singular value. Entries with a mean other than zero add one singular value near
    mean x √(rows x columns), far outside: it counts in the density, but the axis ends before it and names it.

    Args:
        spectra: by (rows, columns), the Parquet file of all repeats: `repeat`, `index` (0 for the largest)
            and `singular_value`.
        law: of the entries, for their mean and standard deviation.
        look: from `figure_style`.
    """
    by_rows: dict[int, list[Size]] = {}
    for size in spectra:
        by_rows.setdefault(size[0], []).append(size)
    across = max(len(sizes) for sizes in by_rows.values())
    legend_columns = 3 if across > 3 else 1
    height = 1.95 * len(by_rows) + (0.5 if legend_columns > 1 else 0.9)
    layout = ConstrainedLayoutEngine(w_pad=0.05, h_pad=0.06)
    figure = Figure(figsize=(max(4.4, 2.2 * across + 0.4), height), layout=layout)
    axes = figure.subplots(len(by_rows), across, squeeze=False)
    for row, sizes in zip(axes, by_rows.values(), strict=True):
        panels = [_read(size, spectra[size], centred=law.MEAN == 0) for size in sizes]
        limit = 1.04 * max(_last_shown(spectrum.bulk) for spectrum in panels)
        for panel, spectrum in zip(row, panels, strict=False):
            _draw(panel, spectrum, law.STANDARD_DEVIATION, limit, look)
        for panel in row[len(sizes) :]:
            panel.set_visible(False)
        row[0].set_ylabel("Density")
    for column in range(across):
        lowest = [row[column] for row in axes if row[column].get_visible()][-1]
        lowest.set_xlabel("Singular value")
    figure.legend(handles=_legend(look), loc="outside lower center", ncols=legend_columns)
    return figure


@dataclass(frozen=True)
class _Spectrum:
    """Singular values of all repeats: the bulk, and the outliers that a mean of the entries makes."""

    size: Size
    bulk: Values
    outliers: Values
    mean_smallest: float


def _read(size: Size, path: str | Path, *, centred: bool) -> _Spectrum:
    frame = pd.read_parquet(path, columns=["index", "singular_value"])
    values, index = frame["singular_value"].to_numpy(float), frame["index"].to_numpy()
    outside = np.zeros(len(values), dtype=bool) if centred or size[1] == 1 else index == 0
    return _Spectrum(size, values[~outside], values[outside], float(values[index == size[1] - 1].mean()))


def _last_shown(values: Values) -> float:
    """The heavy tail of a lognormal law has a few values far above the rest: all but one in a thousand are shown."""
    return float(np.quantile(values, 0.999))


def _draw(axes: Axes, spectrum: _Spectrum, deviation: float, limit: float, look: Look) -> None:
    (rows, columns), bulk = spectrum.size, spectrum.bulk
    total = len(bulk) + len(spectrum.outliers)
    tallest = max(_histogram(axes, values, total, limit, look) for values in (bulk, spectrum.outliers) if len(values))
    x = np.linspace(*marchenko_pastur_edges(rows, columns, deviation), 400)
    curve = len(bulk) / total * marchenko_pastur_density(x, rows, columns, deviation)
    axes.plot(x, curve, color=look.colors[3], lw=1.3)
    axes.axvline(spectrum.mean_smallest, color=INK, lw=1, ls=(0, (4, 2)))
    axes.set_xlim(0, limit)
    axes.set_ylim(0, 1.32 * max(tallest, float(curve.max())))
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.set_title(f"{rows} × {columns}")
    _name_smallest(axes, spectrum.mean_smallest, limit)
    if len(spectrum.outliers):
        _name_outlier(axes, float(spectrum.outliers.mean()), limit)


def _histogram(axes: Axes, values: Values, total: int, limit: float, look: Look) -> float:
    """Draw the density of some of `total` values and return its largest height within the axis."""
    low, high = float(values.min()), _last_shown(values)
    if low > limit:
        return 0.0
    bins = min(_MOST_BINS, max(8, round(math.sqrt(len(values)))))
    edges = np.linspace(low, high, bins + 1) if high > low else np.array([0.99, 1.01]) * low
    heights = np.histogram(values, edges)[0] / (total * np.diff(edges))
    axes.stairs(heights, edges, fill=True, color=look.colors[0], alpha=0.55, lw=0)
    return float(heights.max())


def _name_smallest(axes: Axes, smallest: float, limit: float) -> None:
    """Beside its line, on the side where there is room, above the histogram."""
    right = smallest < 0.5 * limit
    axes.annotate(
        rf"$\mathrm{{E}}\,\sigma_{{\min}} = {_significant(smallest)}$",
        (smallest, 1),
        (4 if right else -4, -2),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        ha="left" if right else "right",
        va="top",
        fontsize="small",
    )


def _name_outlier(axes: Axes, outlier: float, limit: float) -> None:
    """Above its place, or at the margin where that lies beyond the axis."""
    beyond = outlier > limit
    axes.annotate(
        rf"$\sigma_1 \approx {outlier:.0f}" + (r"\ \rightarrow$" if beyond else "$"),
        (1 if beyond else min(outlier / limit, 0.88), 0.8),
        xycoords="axes fraction",
        ha="right" if beyond else "center",
        va="center",
        fontsize="small",
        color=MUTED,
    )


def _significant(value: float) -> str:
    """Three significant digits, as in 28.9, 0.0207 or 137."""
    decimals = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:.{decimals}f}"


def _legend(look: Look) -> list[Line2D | Patch]:
    return [
        Patch(color=look.colors[0], alpha=0.55, lw=0, label="singular values of all repeats"),
        Line2D([], [], color=look.colors[3], lw=1.3, label="Marchenko-Pastur density"),
        Line2D([], [], color=INK, lw=1, ls=(0, (4, 2)), label="mean smallest singular value"),
    ]
