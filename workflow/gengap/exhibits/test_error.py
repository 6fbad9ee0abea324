"""Test error, and the gap to the training error, against batch size: a panel for each network and data set."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D

from gengap.config.plan import Plan
from gengap.config.subjects import lone_experiments
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs, runs_of
from gengap.render.exhibit import Figure
from gengap.render.panels import legend_of, panel_grid, wrapped
from gengap.render.style import Look, batch_size_axis

KIND = "figure"

_CURVES = (("test_error_percent", "test error", "o", "-"), ("gap", "test error − training error", "s", (0, (4, 2))))


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all experiments that are shown one by one and run at two batch sizes or more."""
    experiments: list[dict[str, Any]] = [
        {"title": plan.experiments[name].title, "runs": runs_of(plan.rows(name))}
        for name in lone_experiments(plan)
        if len(plan.experiments[name].batch_sizes) > 1
    ]
    runs = [run for experiment in experiments for run in experiment["runs"]]
    return {"test_error": Needs({"experiments": experiments}, metrics=runs)} if experiments else {}


def make(name: str, subject: Mapping[str, Any], files: Files, look: Look) -> Figure:
    """Means over the seeds as lines, and a dot for each training that did not diverge."""
    names = ["experiment", "batch_size", "seed", "test_error_percent", "train_error_percent"]
    lines = [
        {"title": experiment["title"], **{name: files.metrics[tuple(run)][name] for name in names}}
        for experiment in subject["experiments"]
        for run in experiment["runs"]
        if not files.metrics[tuple(run)]["diverged"]
    ]
    frame = pd.DataFrame(lines, columns=["title", *names])
    frame = frame.assign(gap=frame["test_error_percent"] - frame["train_error_percent"])
    return Figure(
        title="Test error against training batch size",
        caption=(
            "A dot for each training, lines through the means over seeds. The gap is what generalization loses: test"
            " error minus training error at the end of training. Axes do not begin at zero."
        ),
        drawing=_drawn(frame, look),
        data=frame,
    )


def _drawn(frame: pd.DataFrame, look: Look) -> Drawing:
    titles = list(dict.fromkeys(frame["title"])) or ["No training has ended"]
    figure, axes = panel_grid(len(titles), "Training batch size", "Percentage points")
    for panel, title in zip(axes, titles, strict=True):
        _draw(panel, frame[frame["title"] == title], look)
        panel.set_title(wrapped(title))
    handles = [
        Line2D([], [], color=color, marker=marker, ms=5, ls=line, lw=1.6, label=label)
        for (_, label, marker, line), color in zip(_CURVES, look.colors, strict=False)
    ]
    legend_of(figure, handles)
    return figure


def _draw(axes: Axes, runs: pd.DataFrame, look: Look) -> None:
    for (column, _, marker, line), color in zip(_CURVES, look.colors, strict=False):
        means = runs.groupby("batch_size")[column].mean()
        axes.plot(means.index, means, color=color, lw=1.6, ls=line, zorder=2)
        axes.plot(
            runs["batch_size"], runs[column], color=color, marker=marker, ms=4.5, ls="none", mec="white", zorder=3
        )
    if len(runs):
        batch_size_axis(axes, sorted(set(runs["batch_size"])))
    axes.margins(y=0.12)
    axes.grid(axis="y")
