"""Learning curves: errors and cross-entropy against the epoch, a colour for each batch size."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure as Drawing

from gengap.config.plan import Plan
from gengap.config.subjects import lone_experiments
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs, Run, runs_of
from gengap.render.exhibit import Figure
from gengap.render.panels import batch_lines, legend, panel_grid, wrapped
from gengap.render.style import Look

KIND = "figure"

# Columns of history.csv, what they are, and whether their axis is logarithmic.
_PANELS = (
    ("test_error_percent", "Test error (%)", False),
    ("train_error_percent", "Training error (%)", False),
    ("train_cross_entropy", "Training cross-entropy (nats)", True),
)


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all experiments that are shown one by one."""
    found = of_trainings(plan, lone_experiments(plan), "history")
    return {"learning_curves": found} if found else {}


def of_trainings(plan: Plan, names: Sequence[str], kind: str) -> Needs | None:
    """The `history` or `trajectory` of experiments; nothing of what was measured before, since not all of it has it."""
    if plan.config["measured"] is not None or not names:
        return None
    experiments: list[dict[str, Any]] = [
        {"title": plan.experiments[name].title, "runs": runs_of(plan.rows(name))} for name in names
    ]
    return Needs({"experiments": experiments}, **{kind: [run for one in experiments for run in one["runs"]]})


def rows_of_trainings(subject: Mapping[str, Any], files: Mapping[Run, pd.DataFrame]) -> pd.DataFrame:
    """All rows, with `experiment`, its `title`, `trained_at` (batch size at the start) and `seed`."""
    frames = [
        files[tuple(run)].assign(experiment=run[0], title=experiment["title"], trained_at=run[1], seed=run[2])
        for experiment in subject["experiments"]
        for run in experiment["runs"]
    ]
    return pd.concat(frames, ignore_index=True)


def make(name: str, subject: Mapping[str, Any], files: Files, look: Look) -> Figure:
    """A line of panels for each experiment; of several seeds their mean."""
    frame = rows_of_trainings(subject, files.history)
    return Figure(
        title="Learning curves",
        caption=(
            "Test error, training error and training cross-entropy against the epoch, a colour for each batch size."
            " Training error and cross-entropy are running means over the epoch, test error is measured at its end."
            " Several seeds: their mean. In the picture the cross-entropy's axis is logarithmic."
        ),
        drawing=_drawn(frame, look),
        data=frame,
        chart=_chart(name, list(dict.fromkeys(frame["title"]))),
    )


def _chart(name: str, titles: Sequence[str]) -> dict[str, Any]:
    """One quantity of one experiment, both chosen from lists."""
    import altair as alt

    from gengap.render.interactive import numbers_of, one_of, specification

    labels = {label: column for column, label, _ in _PANELS}
    network = one_of("network", "Network", dict(zip(titles, titles, strict=True)))
    quantity = one_of("quantity", "Shown", dict(zip(labels, labels, strict=True)))
    chart = (
        numbers_of(name)
        .transform_filter(alt.datum.title == network)
        .transform_calculate(**{label: f"datum.{column}" for label, column in labels.items()})
        .transform_fold(list(labels), as_=["curve", "value"])
        .transform_filter(alt.datum.curve == quantity)
        .mark_line(point=alt.OverlayMarkDef(size=18))
        .encode(
            x=alt.X("epoch:Q", title="Epoch", axis=alt.Axis(grid=False, format="d", tickMinStep=1)),
            y=alt.Y("mean(value):Q", title=None, scale=alt.Scale(zero=False)),
            color=alt.Color("trained_at:O", title="Batch size", scale=alt.Scale(scheme="viridis", reverse=True)),
            tooltip=[
                alt.Tooltip("trained_at:O", title="batch size"),
                "epoch:Q",
                alt.Tooltip("mean(value):Q", title="mean over seeds", format=".4~g"),
            ],
        )
    )
    return specification(chart.add_params(network, quantity))


def _drawn(frame: pd.DataFrame, look: Look) -> Drawing:
    titles = list(dict.fromkeys(frame["title"]))
    lines = batch_lines(frame["trained_at"], look)
    figure, axes = panel_grid(len(_PANELS) * len(titles), "Epoch", "")
    panels = iter(axes)
    for title in titles:
        here = frame[frame["title"] == title]
        for number, (column, label, logarithmic) in enumerate(_PANELS):
            panel = next(panels)
            for size, runs in here.groupby("trained_at"):
                means = runs.groupby("epoch")[column].mean()
                panel.plot(means.index, means, **lines[int(size)])
            panel.set_ylabel(label)
            if logarithmic:
                panel.set_yscale("log")
            if not number:
                panel.set_title(wrapped(title))
            panel.grid(axis="y")
    legend(figure, {size: line for size, line in lines.items() if size in set(frame["trained_at"])}, {})
    return figure
