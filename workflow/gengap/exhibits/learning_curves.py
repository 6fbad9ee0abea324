"""Learning curves: errors and cross-entropy against the epoch, a colour for each batch size."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from gengap.analysis.frames import joined
from gengap.config.measured import noted_experiments
from gengap.config.plan import Plan
from gengap.config.subjects import lone_experiments
from gengap.exhibits.needs import Files, Needs, Run, Subject, runs_of
from gengap.render.exhibit import Figure
from gengap.render.panels import batch_lines, small_multiples, trained_at
from gengap.render.style import Look

KIND = "figure"

_QUANTITIES = {
    "test_error_percent": "Test error (%)",
    "train_error_percent": "Training error (%)",
    "train_cross_entropy": "Training cross-entropy (nats)",
}
"""Columns of history.csv."""


def needs(plan: Plan) -> Needs:
    """Of all experiments that are shown one by one."""
    return needs_of_trainings(plan, lone_experiments(plan), "history")


def needs_of_trainings(plan: Plan, names: Sequence[str], kind: str) -> Needs:
    """The `history` or `trajectory` of experiments, of those trained before where all their trainings have it."""
    experiments: list[dict[str, Any]] = [
        {"title": plan.experiments[name].title, "runs": runs_of(plan.rows(name))}
        for name in noted_experiments(plan, names, kind)
    ]
    return Needs({"experiments": experiments}, {kind: runs_of(experiments)})


def rows_of_trainings(subject: Subject, files: Mapping[Run, pd.DataFrame]) -> pd.DataFrame:
    """All rows, with `experiment`, its `title`, `trained_at` (batch size at the start) and `seed`."""
    return joined(
        files[tuple(run)].assign(experiment=run[0], title=experiment["title"], trained_at=run[1], seed=run[2])
        for experiment in subject["experiments"]
        for run in experiment["runs"]
    )


def make(subject: Subject, files: Files, look: Look) -> Figure:
    """A line of panels for each experiment."""
    frame = rows_of_trainings(subject, files.of_trainings("history"))
    shown = frame.assign(curve=trained_at(frame["trained_at"])).rename(columns={"title": "panel"} | _QUANTITIES)
    drawing, _ = small_multiples(
        shown.melt(["panel", "epoch", "curve"], list(_QUANTITIES.values()), "quantity"),
        batch_lines(frame["trained_at"], look),
        x="epoch",
        x_label="Epoch",
        logarithmic={_QUANTITIES["train_cross_entropy"]},
    )
    return Figure(
        title="Learning curves",
        caption=(
            "Training error and cross-entropy are running means over the epoch, test error is measured at its end."
            " The cross-entropy's axis is logarithmic."
        ),
        drawing=drawing,
        data=frame,
        chart=_chart(frame["title"]),
    )


def _chart(titles: Iterable[str]) -> dict[str, Any]:
    """One quantity of one experiment, both chosen from lists."""
    import altair as alt

    from gengap.render.interactive import curves_of, one_of, specification

    chart, network = curves_of("learning_curves", titles, _QUANTITIES)
    quantity = one_of("quantity", "Shown", {label: label for label in _QUANTITIES.values()})
    chart = (
        chart.transform_filter(alt.datum.curve == quantity)
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
