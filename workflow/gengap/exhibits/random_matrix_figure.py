"""Figures A1 to A3, and a user's own: histograms of the singular values of random matrices."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from gengap.config.plan import Plan
from gengap.config.subjects import figure_subject
from gengap.errors import UserError
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs, Size
from gengap.random_matrices.histogram import BULK, OUTLIERS
from gengap.random_matrices.law import Law, load_law
from gengap.random_matrices.theory import marchenko_pastur_density, marchenko_pastur_edges
from gengap.render.captions import LAW_LABELS
from gengap.render.exhibit import Figure
from gengap.render.style import INK, MUTED, Look

KIND = "figure"

Values = NDArray[np.float64]


def needs(plan: Plan) -> dict[str, Needs]:
    """One for each figure of a law."""
    sizes = [tuple(size) for size in plan.config["random_matrices"]["sizes"]]
    return {
        f"figure_{number}": Needs(
            subject=figure_subject(plan, number),
            extremes=[(figure["law"], size) for size in sizes],
            histograms=(figure["law"],),
            laws=(figure["law"],),
        )
        for number, figure in plan.figures.items()
        if "law" in figure
    }


def make(name: str, subject: Mapping[str, Any], files: Files, look: Look) -> Figure:
    """One panel per size, one row of panels per number of matrix rows."""
    law, histograms = subject["law"], files.histograms[subject["law"]]
    extremes = {size: repeats for (_, size), repeats in files.extremes.items()}
    return Figure(
        title=subject["title"] or f"Singular values, {LAW_LABELS[law]} entries",
        caption=f"Independent {LAW_LABELS[law]} entries.",
        number=subject["number"],
        drawing=drawn(histograms, extremes, load_law(law), look),
        data=histograms,
    )


def drawn(histograms: pd.DataFrame, extremes: Mapping[Size, pd.DataFrame], law: Law, look: Look) -> Drawing:
    """Draw one panel per size, one row of panels per number of matrix rows.

    A panel shows the density of all singular values over the repeats, the Marchenko-Pastur density and the
    mean smallest singular value. Entries with a mean other than zero add one singular value near
    mean x √(rows x columns), far outside: it counts in the density, but the axis ends before it and names it.

    Args:
        histograms: of every size, as `gengap.random_matrices.histogram.histograms` returns them.
        extremes: by (rows, columns), `sigma_min` and `sigma_max` of every repeat.
        law: of the entries, for their standard deviation.
        look: from `figure_style`.

    Raises:
        UserError: the histograms lack a size.
    """
    by_rows: dict[int, list[Size]] = {}
    for size in extremes:
        by_rows.setdefault(size[0], []).append(size)
    across = max(len(sizes) for sizes in by_rows.values())
    legend_columns = 3 if across > 3 else 1
    height = 1.95 * len(by_rows) + (0.5 if legend_columns > 1 else 0.9)
    layout = ConstrainedLayoutEngine(w_pad=0.05, h_pad=0.06)
    figure = Drawing(figsize=(max(4.4, 2.2 * across + 0.4), height), layout=layout)
    axes = figure.subplots(len(by_rows), across, squeeze=False)
    for row, sizes in zip(axes, by_rows.values(), strict=True):
        panels = [_read(size, histograms, extremes[size]) for size in sizes]
        limit = 1.04 * max(spectrum.bulk.last_edge for spectrum in panels)
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
class _Bins:
    """A histogram as edges and heights of a density whose area is its share of all values."""

    edges: Values
    heights: Values

    @property
    def last_edge(self) -> float:
        return float(self.edges[-1])


@dataclass(frozen=True)
class _Spectrum:
    """Singular values of all repeats: the bulk, and the outliers that a mean of the entries makes."""

    size: Size
    bulk: _Bins
    outliers: _Bins | None
    mean_smallest: float
    mean_largest: float


def _read(size: Size, histograms: pd.DataFrame, extremes: pd.DataFrame) -> _Spectrum:
    chosen = histograms[(histograms["rows"] == size[0]) & (histograms["columns"] == size[1])]
    bulk = _bins(chosen[chosen["part"] == BULK])
    if bulk is None:
        raise UserError(f"The histograms have no size {size[0]} x {size[1]}; run the workflow again to make them.")
    means = extremes[["sigma_min", "sigma_max"]].mean()
    outliers = _bins(chosen[chosen["part"] == OUTLIERS])
    return _Spectrum(size, bulk, outliers, float(means["sigma_min"]), float(means["sigma_max"]))


def _bins(lines: pd.DataFrame) -> _Bins | None:
    if lines.empty:
        return None
    edges = np.append(lines["left"].to_numpy(float), float(lines["right"].iloc[-1]))
    return _Bins(edges, lines["count"].to_numpy(float) / (lines["total"].to_numpy(float) * np.diff(edges)))


def _draw(axes: Axes, spectrum: _Spectrum, deviation: float, limit: float, look: Look) -> None:
    rows, columns = spectrum.size
    shown = [bins for bins in (spectrum.bulk, spectrum.outliers) if bins is not None and bins.edges[0] <= limit]
    for bins in shown:
        axes.stairs(bins.heights, bins.edges, fill=True, color=look.colors[0], alpha=0.55, lw=0)
    x = np.linspace(*marchenko_pastur_edges(rows, columns, deviation), 400)
    # One value of each matrix is outside the bulk.
    share = 1 if spectrum.outliers is None else 1 - 1 / columns
    curve = share * marchenko_pastur_density(x, rows, columns, deviation)
    axes.plot(x, curve, color=look.colors[3], lw=1.3)
    axes.axvline(spectrum.mean_smallest, color=INK, lw=1, ls=(0, (4, 2)))
    axes.set_xlim(0, limit)
    axes.set_ylim(0, 1.32 * max(float(curve.max()), *(float(bins.heights.max()) for bins in shown)))
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(3))
    axes.set_title(f"{rows} × {columns}")
    _name_smallest(axes, spectrum.mean_smallest, limit)
    if spectrum.outliers is not None:
        _name_outlier(axes, spectrum.mean_largest, limit)


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
