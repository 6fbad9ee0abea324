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
        chart=_chart(name, frame, look) if len(frame) else None,
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


def _chart(name: str, frame: pd.DataFrame, look: Look) -> dict[str, Any]:
    """The curves of one experiment, chosen from a list."""
    import altair as alt

    from gengap.render.interactive import batch_size_axis, numbers_of, one_of, specification

    network = one_of("network", "Network", dict(zip(frame["experiment"], frame["title"], strict=True)))
    labels = {label: column for column, label, *_ in _CURVES}
    shown = (
        numbers_of(name)
        .transform_filter(alt.datum.experiment == network)
        .transform_calculate(**{label: f"datum.{column}" for label, column in labels.items()})
        .transform_fold(list(reversed(labels)), as_=["curve", "percent"])
        .encode(
            x=batch_size_axis("batch_size"),
            color=alt.Color("curve:N", title=None).scale(domain=list(labels), range=look.hex[: len(labels)]),
            strokeDash=alt.StrokeDash("curve:N", legend=None).scale(domain=list(labels), range=[[1, 0], [6, 4]]),
        )
    )
    dots = shown.mark_circle(size=55, opacity=1).encode(
        y=alt.Y("percent:Q", title="Percentage points").scale(zero=False),
        tooltip=[
            alt.Tooltip("batch_size:Q", title="batch size"),
            "seed:Q",
            alt.Tooltip("test_error_percent:Q", title="test error (%)"),
            alt.Tooltip("train_error_percent:Q", title="training error (%)"),
        ],
    )
    return specification((shown.mark_line().encode(y="mean(percent):Q") + dots).add_params(network))


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
