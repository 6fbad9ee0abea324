"""How many singular values lie at or below a threshold, for thresholds from 1e-8 to 1."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from gengap.analysis.count_curves import CONVENTIONS
from gengap.config.measured import panels_of, summarized_experiments
from gengap.config.plan import Plan
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs
from gengap.render.count_plots import FLOOR
from gengap.render.exhibit import Figure
from gengap.render.panels import UNTRAINED, Panel, as_panels, batch_lines, by_network, legend, panel_grid, wrapped
from gengap.render.style import MUTED, Look

KIND = "figure"


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all experiments of which curves were measured."""
    panels = panels_of(plan, summarized_experiments(plan))
    subject = {"panels": panels, "thresholds": plan.config["spectra"]["thresholds"]}
    names = [panel["experiment"] for panel in panels]
    return {"threshold_curves": Needs(subject, threshold_curves=names)} if panels else {}


def make(name: str, subject: Mapping[str, Any], files: Files, look: Look) -> Figure:
    """Count against threshold, the chart of all experiments, the picture of the first of each network."""
    curves, panels = files.of_networks("threshold_curves"), as_panels(subject["panels"])
    return Figure(
        title="Number of singular values at or below a threshold, against the threshold",
        caption=(
            "All networks of an experiment, the untrained one included, are fed one and the same batch, so that only"
            " training tells them apart; means over seeds. Grey is what shapes and, in linear networks, ranks force."
            " Picture: the thin convention, the first experiment of each network; vertical lines are the thresholds of"
            " the counts. Where a line is flat, the count does not depend on the threshold."
        ),
        drawing=drawn(curves, panels, subject["thresholds"], look),
        data=curves,
        chart=_chart(name, curves, panels, look),
    )


def _chart(name: str, curves: pd.DataFrame, panels: Sequence[Panel], look: Look) -> dict[str, Any]:
    """Counts of one experiment by training batch size, in three conventions, at a threshold that a slider sets."""
    import altair as alt

    from gengap.render.interactive import numbers_of, one_of, specification

    network = one_of("network", "Network", {panel.experiment: panel.label for panel in panels})
    lowest, highest = np.log10([curves["threshold"].min(), curves["threshold"].max()])
    slider = alt.binding_range(min=round(lowest), max=round(highest), step=0.25, name="log₁₀ of the threshold")
    exponent = alt.param(name="exponent", value=-4, bind=slider)
    sizes = sorted(curves["trained_batch_size"].dropna().unique())
    chosen = (
        numbers_of(name)
        .transform_filter(alt.datum.experiment == network)
        .transform_filter("abs(log(datum.threshold) / LN10 - exponent) < 0.01")
        .transform_calculate(
            trained_at=f"datum.trained_batch_size ? toString(datum.trained_batch_size) : '{UNTRAINED}'"
        )
        .encode(
            x=alt.X(
                "trained_at:O",
                title="Training batch size",
                sort=[UNTRAINED, *map(str, sizes)],
                axis=alt.Axis(labelAngle=0, grid=False),
            ),
            xOffset=alt.XOffset("convention:N", sort=list(CONVENTIONS)),
            tooltip=[
                "trained_at:N",
                "convention:N",
                "threshold:Q",
                "mean(count):Q",
                alt.Tooltip("max(rank_floor):Q", title="floor"),
            ],
        )
    )
    scale = alt.Scale(type="symlog", domainMin=0)
    floors = chosen.mark_bar(color="#c9c9c9", opacity=0.7).encode(y=alt.Y("max(rank_floor):Q", scale=scale))
    counts = chosen.mark_point(size=70, filled=True, opacity=1).encode(
        y=alt.Y("mean(count):Q", title="Singular values ≤ threshold", scale=scale),
        color=alt.Color("convention:N", title=None, scale=alt.Scale(domain=list(CONVENTIONS), range=look.hex[:3])),
        shape=alt.Shape("convention:N", title=None, scale=alt.Scale(domain=list(CONVENTIONS))),
    )
    return specification((floors + counts).add_params(network, exponent))


def drawn(curves: pd.DataFrame, panels: Sequence[Panel], marked: Sequence[float], look: Look) -> Drawing:
    """Thin count against threshold, a panel for the first experiment of each network.

    Args:
        curves: rows of `threshold_counts` with `experiment`, `seed`, `state`, `trained_batch_size` and
            `fed_batch_size`.
        panels: experiments, in order.
        marked: thresholds of the paper's figures, drawn as vertical lines.
        look: from `figure_style`.
    """
    shown = [first for first, *_ in by_network(panels)]
    curves = curves[(curves["convention"] == "thin") & curves["experiment"].isin([panel.experiment for panel in shown])]
    lines = batch_lines(curves["trained_batch_size"].dropna().astype(int), look)
    drawing, axes = panel_grid(len(shown), "Threshold t", "Singular values ≤ t")
    for panel, ax in zip(shown, axes, strict=True):
        here = curves[curves["experiment"] == panel.experiment]
        ax.axhline(here["rank_floor"].max(), zorder=1, **FLOOR)
        for threshold in marked:
            ax.axvline(threshold, color=MUTED, lw=0.6, alpha=0.6)
        for key, network in here.groupby(here["trained_batch_size"].astype(object).fillna(UNTRAINED), sort=False):
            mean = network.groupby("threshold")["count"].mean()
            ax.plot(mean.index, mean, **lines[key if key == UNTRAINED else int(key)])
        ax.set_title(wrapped(f"{panel.label}, fed {here['fed_batch_size'].max()}"))
        ax.set_xscale("log")
        ax.set_xticks([1e-8, 1e-6, 1e-4, 1e-2, 1])
        ax.set_ylim(bottom=-0.02 * ax.get_ylim()[1])
        ax.grid(axis="y")
    legend(drawing, lines, {"floor": FLOOR})
    return drawing
