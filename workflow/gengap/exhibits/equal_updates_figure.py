"""Error, cross-entropy and penalty against batch size with equal epochs and with equal updates, a line per network."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D

from gengap.analysis.update_pairs import by_batch_size, pairs_of
from gengap.config.plan import Plan
from gengap.exhibits.equal_updates import equal_updates, paired
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs
from gengap.render.exhibit import Figure
from gengap.render.panels import legend_of, panel_grid, wrapped
from gengap.render.style import MUTED, Look, batch_size_axis, plain_log_ticks

KIND = "figure"

_PANELS = (
    ("test_error_percent", "Test error (%)", False),
    ("train_cross_entropy", "Train cross-entropy (nats)", True),
    ("weight_penalty", "Weight penalty (nats)", False),
)
_CURVES = (("epochs", "equal epochs", "o", "-"), ("updates", "equal updates", "s", (0, (5, 2))))


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all experiments that are run for equal epochs and for equal updates."""
    found = paired(plan)
    return {"equal_updates_figure": found} if found else {}


def make(name: str, subject: Mapping[str, Any], files: Files, look: Look) -> Figure:
    """A line of panels for each pair."""
    frame = equal_updates(subject, files)
    caption = (
        "Test error, training cross-entropy and weight penalty at the end of training against the batch size: trained"
        " for the same number of epochs, and for as many updates as the reference batch size makes in these (dotted"
        " line), where both are the same training. To the right of it equal updates mean more epochs, to the left"
        " fewer. What rises with equal epochs alone is told by the number of updates (Hoffer et al. 2017). A single"
        " run has no bar; with more, it is one standard deviation over seeds to either side. The axis of"
        " the cross-entropy is logarithmic; the others do not begin at zero."
    )
    if frame[[f"train_cross_entropy_{run}" for run in ("normal", "equal")]].isna().any(axis=None):
        caption += " Trainings that diverged are left out."
    ends = [by_batch_size(pair, "test_error_percent")["updates"].dropna() for pair in pairs_of(frame)]
    rising = sum(len(errors) > 1 and errors.iloc[-1] > errors.iloc[0] for errors in ends)
    title = f"With equal updates the test error still rises from end to end in {rising} of {len(ends)} networks"
    return Figure(title, caption, drawing=_drawn(frame, look), data=frame)


def _drawn(frame: pd.DataFrame, look: Look) -> Drawing:
    pairs = pairs_of(frame)
    figure, axes = panel_grid(len(_PANELS) * len(pairs), "Training batch size", "")
    panels = iter(axes)
    for pair in pairs:
        for number, (metric, label, logarithmic) in enumerate(_PANELS):
            panel = next(panels)
            _draw(panel, pair, metric, look)
            panel.set_ylabel(label)
            if logarithmic:
                panel.set_yscale("log")
                plain_log_ticks(panel.yaxis)
            if not number:
                panel.set_title(wrapped(pair["title"].iloc[0]), loc="left")
    handles = [
        Line2D([], [], color=color, lw=1.6, marker=marker, ms=5, ls=line, label=name)
        for (_, name, marker, line), color in zip(_CURVES, look.colors, strict=False)
    ]
    legend_of(figure, handles)
    return figure


def _draw(axes: Axes, pair: pd.DataFrame, metric: str, look: Look) -> None:
    values = by_batch_size(pair, metric)
    sizes = values["batch_size"].to_list()
    axes.axvline(pair["reference"].iloc[0], color=MUTED, lw=0.9, ls=":", zorder=1)
    for (kind, _, marker, line), color in zip(_CURVES, look.colors, strict=False):
        known = values.dropna(subset=[kind])
        style: dict[str, Any] = {"color": color, "lw": 1.6, "ls": line, "marker": marker, "ms": 5}
        axes.errorbar(known["batch_size"], known[kind], yerr=known[f"{kind}_std"].fillna(0.0), capsize=3, **style)
    batch_size_axis(axes, sizes)
    axes.margins(y=0.12)
    axes.grid(axis="y")
