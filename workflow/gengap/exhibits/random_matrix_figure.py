"""Figures A1 to A3, and a user's own: histograms of the singular values of random matrices."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gengap.config.plan import Plan
from gengap.config.subjects import figure_subject
from gengap.exhibits.needs import Files, Needs, Size, Subject
from gengap.random_matrices.histogram import BULK, OUTLIERS
from gengap.random_matrices.law import Law, load_law
from gengap.random_matrices.theory import marchenko_pastur_density, marchenko_pastur_edges
from gengap.render.captions import LAW_LABELS
from gengap.render.exhibit import Axes, Drawing, Figure
from gengap.render.panels import labelled, legend_of, panel_grid
from gengap.render.style import INK, Look

KIND = "figure"


def needs(plan: Plan) -> dict[str, Needs]:
    """One for each figure of a law."""
    sizes = plan.config["random_matrices"]["sizes"]
    return {
        f"figure_{number}": Needs(
            subject=figure_subject(plan, number),
            files={"extremes": [(figure["law"], *size) for size in sizes], "histograms": [figure["law"]]},
            laws=(figure["law"],),
        )
        for number, figure in plan.figures.items()
        if "law" in figure
    }


def make(subject: Subject, files: Files, look: Look) -> Figure:
    """One panel per size, one row of panels per number of matrix rows."""
    law, histograms = subject["law"], files.histograms[subject["law"]]
    return Figure(
        title=subject["title"] or f"Singular values, {LAW_LABELS[law]} entries",
        caption=f"Independent {LAW_LABELS[law]} entries; above: means of σ_min and, where it lies apart, σ₁.",
        number=subject["number"],
        drawing=_drawn(histograms, files.extremes[law], load_law(law), look),
        data=histograms,
    )


def _drawn(histograms: pd.DataFrame, extremes: Mapping[Size, pd.DataFrame], law: Law, look: Look) -> Drawing:
    """In each panel the density of all singular values, the Marchenko-Pastur density and the mean smallest one.

    Entries with a mean other than zero add one singular value near mean x √(rows x columns), far
    outside: it counts in the density and stands in the title, but the axis may end before it.
    """
    across = pd.Series([rows for rows, _ in extremes]).value_counts(sort=False)
    ends = histograms[histograms["part"] == BULK].groupby("rows")["right"].max()
    figure, axes = panel_grid(list(across), "Singular value", "Density")
    ordered = sorted(extremes, key=lambda size: list(across.index).index(size[0]))
    for size, panel in zip(ordered, axes, strict=True):
        bins = histograms[(histograms["rows"] == size[0]) & (histograms["columns"] == size[1])]
        _draw(panel, size, bins, law.STANDARD_DEVIATION, 1.04 * ends[size[0]], look)
        smallest, largest = extremes[size][["sigma_min", "sigma_max"]].mean()
        panel.axvline(smallest, color=INK, lw=1, ls=(0, (4, 2)), label="mean smallest singular value")
        named = f"{size[0]} × {size[1]}\n" + rf"$\sigma_{{\min}}$ {smallest:.3g}"
        panel.set_title(named + (rf", $\sigma_1$ {largest:.0f}" if OUTLIERS in set(bins["part"]) else ""))
    legend_of(figure, labelled(axes))
    return figure


def _draw(axes: Axes, size: Size, bins: pd.DataFrame, deviation: float, limit: float, look: Look) -> None:
    from matplotlib.ticker import MaxNLocator

    for _, part in bins[bins["left"] <= limit].groupby("part"):
        edges = np.append(part["left"], part["right"].iloc[-1])
        heights = part["count"] / (part["total"] * np.diff(edges))
        label = "singular values of all repeats"
        axes.stairs(heights, edges, fill=True, color=look.colors[0], alpha=0.55, lw=0, label=label)
    x = np.linspace(*marchenko_pastur_edges(*size, deviation), 400)
    # One value of each matrix is outside the bulk, where there are outliers.
    share = 1 - (OUTLIERS in set(bins["part"])) / size[1]
    curve = share * marchenko_pastur_density(x, *size, deviation)
    axes.plot(x, curve, color=look.colors[3], lw=1.3, label="Marchenko-Pastur density")
    axes.set_xlim(0, limit)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_locator(MaxNLocator(3))
