"""How many singular values lie at or below a threshold, for thresholds from 1e-8 to 1."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from gengap.analysis.count_curves import CONVENTIONS
from gengap.config.measured import panels_of, summarized_experiments
from gengap.config.plan import Plan
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs
from gengap.render.exhibit import Figure
from gengap.render.panels import (
    RANK_FLOOR,
    SHAPE_FLOOR,
    UNTRAINED,
    Panel,
    as_panels,
    batch_lines,
    experiment_grid,
    legend,
)
from gengap.render.style import MUTED, Look
from gengap.spectra.summaries import THRESHOLDS

KIND = "figure"

SHOWN = ("literal", "thin")


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all experiments of which curves were measured."""
    panels = panels_of(plan, summarized_experiments(plan))
    subject = {"panels": panels, "thresholds": plan.config["spectra"]["thresholds"]}
    names = [panel["experiment"] for panel in panels]
    return {"threshold_curves": Needs(subject, threshold_curves=names)} if panels else {}


def make(name: str, subject: Mapping[str, Any], files: Files, look: Look) -> Figure:
    """Count against threshold, with the counts at the largest threshold in words."""
    curves, panels = files.of_networks("threshold_curves"), as_panels(subject["panels"])
    return Figure(
        title="Number of singular values at or below a threshold, against the threshold",
        caption=(
            "All networks of an experiment, the untrained one included, are fed one and the same batch, so that only"
            " training tells the lines apart. Horizontal dark lines are the floors that shapes (dotted) and, in linear"
            " networks, ranks (dashed) force; the full convention is the thin one raised by its floor from shapes and"
            " is in the data file only. The axis is linear below 1, so that a count of zero is seen. A plateau of a"
            " line is a set of values that are zero but for rounding; where a line has none, the count depends on the"
            " threshold that was chosen. Several seeds: their mean." + _at_the_right_margin(curves, panels)
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
    """Count against threshold, one experiment beside the other, in the literal and the thin convention.

    Args:
        curves: rows of `threshold_counts` with `experiment`, `seed`, `state`, `trained_batch_size` and
            `fed_batch_size`.
        panels: experiments, in order.
        marked: thresholds of the paper's figures, drawn as vertical lines.
        look: from `figure_style`.
    """
    lines = batch_lines(curves["trained_batch_size"].dropna().astype(int), look)
    fed = curves.groupby("experiment")["fed_batch_size"].max()
    titles = [[f"{SHOWN[0]}, all fed {fed[panel.experiment]}", SHOWN[1]] for panel in panels]
    drawing, axes = experiment_grid([panel.label for panel in panels], titles)
    others = {}
    for panel, mine in zip(panels, axes, strict=True):
        for convention, ax in zip(SHOWN, mine, strict=True):
            here = curves[(curves["experiment"] == panel.experiment) & (curves["convention"] == convention)]
            _draw(ax, here, lines)
            for threshold in marked:
                ax.axvline(threshold, color=MUTED, lw=0.6, alpha=0.6)
            floors = here[["shape_floor", "rank_floor"]].max()
            if floors["shape_floor"] > 0:
                ax.axhline(floors["shape_floor"], zorder=3, **SHAPE_FLOOR)
                others["floor from shapes"] = SHAPE_FLOOR
            if floors["rank_floor"] > floors["shape_floor"]:
                ax.axhline(floors["rank_floor"], zorder=3, **RANK_FLOOR)
                others["floor from shapes and ranks"] = RANK_FLOOR
        mine[0].set_ylabel("Singular values ≤ t")
    legend(drawing, lines, others | {"thresholds of the counts": {"color": MUTED, "lw": 0.6, "alpha": 0.6}})
    return drawing


def _draw(ax: Axes, curves: pd.DataFrame, lines: dict) -> None:
    for key, network in curves.groupby(curves["trained_batch_size"].astype(object).fillna(UNTRAINED), sort=False):
        mean = network.groupby("threshold")["count"].mean()
        ax.plot(mean.index, mean, **lines[key if key == UNTRAINED else int(key)])
    ax.set_xscale("log")
    ax.set_yscale("symlog", linthresh=1.0, linscale=0.4)
    ax.set_ylim(bottom=-0.15)
    ax.set_xlim(THRESHOLDS[0], THRESHOLDS[-1])
    ax.set_xticks([1e-8, 1e-6, 1e-4, 1e-2, 1])
    ax.set_xlabel("threshold t")
    ax.grid(axis="y")


def _at_the_right_margin(curves: pd.DataFrame, panels: Sequence[Panel]) -> str:
    """From which count to which the thin convention leads from the smallest to the largest training batch size."""
    threshold = curves["threshold"].max()
    chosen = (curves["threshold"] == threshold) & (curves["convention"] == "thin") & (curves["state"] == "trained")
    parts = []
    for panel in panels:
        here = curves[chosen & (curves["experiment"] == panel.experiment)]
        means = here.groupby(here["trained_batch_size"].astype(int))["count"].mean().dropna()
        if len(means) > 1:
            low, high = (f"{means.iloc[end]:.0f} (trained at {means.index[end]})" for end in (0, -1))
            parts.append(f"{low} to {high} in {panel.label}")
    return f" At t = {threshold:g} the thin count goes from {'; from '.join(parts)}." if parts else ""
