"""What each remedy changes at the small and at the large batch size, a line for each remedy."""

from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis.remedies import ENDS
from gengap.config.plan import Plan
from gengap.exhibits import remedies
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.render.captions import shown_treatment
from gengap.render.exhibit import Axes, Drawing, Figure
from gengap.render.panels import labelled, legend_of
from gengap.render.style import INK, Look, literal

KIND = "figure"


def needs(plan: Plan) -> Needs:
    """Of all experiments that are run with and without treatments."""
    found = remedies.needs(plan)
    return Needs(found.subject, {"metrics": found.files["metrics"]})


def make(subject: Subject, files: Files, look: Look) -> Figure:
    """A panel for each network; the remedies that help the large batch size most stand above."""
    frame = remedies.compared(subject, files)
    known = frame[frame["remedy"] != ""].dropna(subset=[f"change_{end}" for end in ENDS], how="all")
    return Figure(
        title="Do remedies help large batches alone?",
        caption=(
            "Change of the test error in percentage points; negative is better. Hollow: by its definition the remedy"
            " changes nothing there. Bars: one standard deviation of a difference of two means over seeds. Nothing is"
            " drawn where a remedy was not run, or all its seeds diverged."
        ),
        drawing=_drawn(known, look),
        data=known,
    )


def _drawn(frame: pd.DataFrame, look: Look) -> Drawing:
    from matplotlib.figure import Figure as Canvas
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    groups = [group for _, group in frame.groupby("experiment", sort=False)] or [frame]
    heights = [len(group) + 2 for group in groups]
    figure = Canvas(figsize=(7.5, 0.21 * sum(heights) + 1), layout=ConstrainedLayoutEngine(h_pad=0.06))
    axes = figure.subplots(len(groups), 1, squeeze=False, height_ratios=heights)[:, 0]
    for panel, group in zip(axes, groups, strict=True):
        _draw(panel, group.sort_values("change_large"), look)
    axes[-1].set_xlabel("Change of the test error (points)")
    legend_of(figure, labelled(axes))
    return figure


def _draw(axes: Axes, group: pd.DataFrame, look: Look) -> None:
    places = np.arange(len(group))
    bars = group["scatter"] * np.sqrt(2 / group["seeds"])
    axes.axvline(0, color=INK, lw=0.6, zorder=1)
    for end, marker, color, apart in zip(ENDS, "os", look.colors, (-0.13, 0.13), strict=False):
        same = group[f"same_{end}"].astype(bool)
        line: dict[str, Any] = {"ls": "none", "marker": marker, "ms": 4.5, "color": color, "elinewidth": 1}
        line["label"] = f"at the {end} batch size"
        changes, at = group[f"change_{end}"], places + apart
        axes.errorbar(changes[~same], at[~same], xerr=bars[~same], **line)
        axes.errorbar(changes[same], at[same], mfc="none", **line)
    axes.set_yticks(places, [literal(shown_treatment(remedy)) for remedy in group["remedy"]])
    axes.set_ylim(len(group) - 0.4, -0.6)
    axes.grid()
    axes.tick_params(axis="y", length=0)
    for first in group[:1].itertuples():
        axes.set_title(literal(f"{first.title}, {first.small} and {first.large}"))
