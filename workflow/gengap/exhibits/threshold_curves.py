"""How many singular values lie at or below a threshold, for thresholds from 1e-8 to 1."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis.count_curves import CONVENTIONS
from gengap.config.measured import panels_of, summarized_experiments
from gengap.config.plan import Plan
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.render.count_plots import FLOOR
from gengap.render.exhibit import Drawing, Figure
from gengap.render.panels import UNTRAINED, batch_lines, small_multiples, trained_at
from gengap.render.style import MUTED, Look

KIND = "figure"


def needs(plan: Plan) -> Needs:
    """Of all experiments of which curves were measured."""
    names = summarized_experiments(plan)
    # A linear network has the rank of its input, whatever the threshold.
    curved = [name for name in names if plan.experiments[name].options["activation"] != "identity"] or names
    first = {plan.experiments[name].network: name for name in reversed(curved)}
    subject = {"panels": panels_of(plan, names), "thresholds": plan.config["spectra"]["thresholds"]}
    return Needs(subject | {"pictured": list(first.values())}, {"threshold_curves": names})


def make(subject: Subject, files: Files, look: Look) -> Figure:
    """Count against threshold: a chart of all experiments, a picture of one of each network."""
    curves, panels = files.of_networks("threshold_curves"), pd.DataFrame(subject["panels"])
    return Figure(
        title="Number of singular values at or below a threshold, against the threshold",
        caption=(
            "All networks of an experiment, the untrained one included, are fed one and the same batch. Where a line is"
            " flat, the count does not depend on the threshold. In a picture: the thin convention, one experiment"
            " of each network that is not linear; vertical lines are the thresholds of the counts."
        ),
        drawing=_drawn(curves, panels[panels["experiment"].isin(subject["pictured"])], subject["thresholds"], look),
        data=curves,
        chart=_chart(curves, panels, look),
    )


def _drawn(curves: pd.DataFrame, panels: pd.DataFrame, marked: Sequence[float], look: Look) -> Drawing:
    """Thin count against threshold, and the floor as a curve of its own."""
    shown = panels.merge(curves[curves["convention"] == "thin"], on="experiment")
    shown["panel"] = shown["label"] + ", fed " + shown["fed_batch_size"].astype(str)
    counts = shown.assign(curve=trained_at(shown["trained_batch_size"]), value=shown["count"])
    floors = shown.assign(curve="floor", value=shown.groupby("panel")["rank_floor"].transform("max"))
    drawing, axes = small_multiples(
        pd.concat([counts, floors]),
        {"floor": FLOOR, **batch_lines(shown["trained_batch_size"].dropna(), look)},
        x="threshold",
        x_label="Threshold t",
        y_label="Singular values ≤ t",
    )
    for ax in axes.values():
        for threshold in marked:
            ax.axvline(threshold, color=MUTED, lw=0.6, alpha=0.6)
        ax.set_ylim(bottom=-0.06 * ax.get_ylim()[1])
        ax.set_xscale("log")
        ax.set_xticks([1e-8, 1e-6, 1e-4, 1e-2, 1])
    return drawing


def _chart(curves: pd.DataFrame, panels: pd.DataFrame, look: Look) -> dict[str, Any]:
    """Counts of one experiment by training batch size, in three conventions, at a threshold that a slider sets."""
    import altair as alt

    from gengap.render.interactive import one_of, specification

    network = one_of("network", "Network", dict(zip(panels["experiment"], panels["label"], strict=True)))
    lowest, highest = np.log10([curves["threshold"].min(), curves["threshold"].max()])
    slider = alt.binding_range(min=round(lowest), max=round(highest), step=0.25, name="log₁₀ of the threshold")
    exponent = alt.param(name="exponent", value=-4, bind=slider)
    sizes = sorted(curves["trained_batch_size"].dropna().unique())
    chosen = (
        alt.Chart(alt.UrlData("threshold_curves.csv"))
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
