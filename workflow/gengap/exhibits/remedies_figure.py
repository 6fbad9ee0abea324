"""What remedies change at the small batch size against what they change at the large one."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gengap.config.plan import Plan
from gengap.exhibits import remedies
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.render.captions import shown_treatment
from gengap.render.exhibit import Axes, Drawing, Figure
from gengap.render.panels import legend_of, panel_grid, wrapped, wrapped_lines
from gengap.render.style import INK, MUTED, Look

KIND = "figure"


def needs(plan: Plan) -> Needs:
    """Of all experiments that are run with and without treatments."""
    found = remedies.needs(plan)
    return Needs(found.subject, {"metrics": found.files["metrics"]})


def make(subject: Subject, files: Files, look: Look) -> Figure:
    """A panel for each network, a number for each remedy."""
    frame = remedies.compared(subject, files)
    known = frame[frame["remedy"] != ""].dropna(subset=["change_small", "change_large"]).copy()
    numbers = {remedy: number for number, remedy in enumerate(dict.fromkeys(known["remedy"]), start=1)}
    known["number"] = known["remedy"].map(numbers)
    return Figure(
        title="Do remedies help large batches alone?",
        caption=(
            "Change of the test error in percentage points, a number for each remedy; negative is better. Below the"
            " diagonal a remedy helps the small batch more. Hollow: by its definition it changes nothing at one of the"
            " two. Bars: one standard deviation of a difference of two means over seeds."
        ),
        drawing=_drawn(known, numbers, look),
        data=known,
    )


def _drawn(frame: pd.DataFrame, numbers: Mapping[str, int], look: Look) -> Drawing:
    from matplotlib.lines import Line2D

    groups = list(frame.groupby("experiment", sort=False)) or [("", frame)]
    figure, axes = panel_grid(
        wrapped_lines(len(groups)), "Change at the large batch (points)", "Change at the small batch (points)"
    )
    figure.set_figheight(figure.get_figheight() + 1.7)  # panels are square
    for panel, (_, group) in zip(axes, groups, strict=True):
        _draw(panel, group, look)
        if len(group):
            first = group.iloc[0]
            panel.set_title(wrapped(f"{first['title']}, {first['small']} and {first['large']}"))
    handles = [
        Line2D([], [], ls="none", label=f"{number}  {shown_treatment(remedy)}") for remedy, number in numbers.items()
    ]
    legend_of(figure, handles)
    return figure


def _draw(axes: Axes, group: pd.DataFrame, look: Look) -> None:
    changes = group[["change_large", "change_small"]].to_numpy(float)
    reach = 1.2 * max(np.abs(changes).max(initial=0), 0.1)
    axes.plot([-reach, reach], [-reach, reach], color=MUTED, lw=0.9, ls=(0, (4, 2)))
    axes.axhline(0, color=INK, lw=0.6)
    axes.axvline(0, color=INK, lw=0.6)
    hollow = group["same_small"] | group["same_large"]
    for is_hollow, lines in group.sort_values("change_large").groupby(hollow):
        for number, line in enumerate(lines.to_dict("records")):
            bar = line["scatter"] * np.sqrt(2 / line["seeds"])
            x, y, color = line["change_large"], line["change_small"], look.colors[0]
            face = "none" if is_hollow else color
            axes.errorbar(x, y, xerr=bar, yerr=bar, color=color, marker="o", ms=5, mfc=face, lw=0.8, ls="none")
            # Those on one line are told apart by the height of their numbers.
            place = (-3, (5, -13, 14, -22)[number % 4]) if is_hollow else (4, 3)
            axes.annotate(str(line["number"]), (x, y), xytext=place, textcoords="offset points", fontsize="small")
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), box_aspect=1)
    axes.grid()
