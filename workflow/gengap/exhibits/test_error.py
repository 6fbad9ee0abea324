"""Test error, measured and printed, and the gap to the training error, against the training batch size."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gengap.config.plan import Plan
from gengap.config.subjects import compared_tables, lone_experiments
from gengap.exhibits.needs import Files, Needs, Subject, runs_of
from gengap.paper.printed import PAPER_EPOCHS, first_batch_size, read_printed_results
from gengap.render.exhibit import Figure
from gengap.render.panels import PRINTED, lines_of, small_multiples
from gengap.render.style import MUTED, Look

KIND = "figure"

_MEASURED = {"test_error_percent": "test error", "gap": "test error − training error"}
_CURVES = _MEASURED | {"printed": "printed test error", "unswitched": "test error without the switch"}
_COLUMNS = [
    "title",
    "experiment",
    "batch_size",
    "seed",
    "test_error_percent",
    "train_error_percent",
    *list(_CURVES)[1:],
]


def needs(plan: Plan) -> Needs:
    """Of all experiments that are shown one by one and run at two batch sizes or more."""
    tables = {table["experiment"]: table for table in compared_tables(plan)}
    names = [name for name in lone_experiments(plan) if len(plan.experiments[name].batch_sizes) > 1]
    experiments: list[dict[str, Any]] = [
        {
            "title": plan.experiments[name].title,
            "table": tables[name]["number"] if name in tables else "",
            "runs": runs_of(plan.rows(name)),
            "unswitched": {"runs": [run for run in runs_of(tables.get(name, {})) if run[0] != name]},
        }
        for name in names
    ]
    return Needs({"experiments": experiments}, {"metrics": runs_of(experiments)}, printed=("tables_1_to_11.csv",))


def make(subject: Subject, files: Files, look: Look) -> Figure:
    """A dot for each training that did not diverge."""
    frame = pd.DataFrame(
        [row for one in files.loaded(subject["experiments"]) for row in _rows(one)], columns=["panel", *_COLUMNS]
    )
    curves = {column: label for column, label in _CURVES.items() if frame[column].notna().any()}
    lines = lines_of(_MEASURED.values(), look)
    lines |= {_CURVES["printed"]: PRINTED, _CURVES["unswitched"]: {"color": MUTED, "lw": 1.2, "ls": ":"}}
    drawing, _ = small_multiples(
        frame.rename(columns=_CURVES).melt(["panel", "batch_size"], list(_CURVES.values()), "curve"),
        lines,
        x="batch_size",
        x_label="Training batch size",
        y_label="Percentage points",
    )
    return Figure(
        title=f"Test error against training batch size{', measured and printed' if 'printed' in curves else ''}",
        caption=(
            "The gap is what generalization loses: test error minus training error at the end of training. Printed"
            " values stand beside trainings of as many epochs as the paper's. Axes do not begin at zero."
        ),
        drawing=drawing,
        data=frame[_COLUMNS],
        chart=_chart(frame, curves, look) if len(frame) else None,
    )


def _rows(experiment: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row for each training that did not diverge."""
    number, title = experiment["table"], experiment["title"]
    printed = {first_batch_size(label): row for label, row in read_printed_results(number).items()}
    runs, unswitched = (
        [run for run in part["metrics"] if not run["diverged"]] for part in (experiment, experiment["unswitched"])
    )
    rows = []
    for run in runs:
        row = {name: run[name] for name in _COLUMNS if name in run}
        row |= {"panel": f"Table {number}: {title}" if number else title, "title": title}
        row["gap"] = run["test_error_percent"] - run["train_error_percent"]
        if run["epochs"] == PAPER_EPOCHS.get(number) and run["batch_size"] in printed:
            row["printed"] = printed[run["batch_size"]]["test_error_percent"]
        if unswitched:
            row["unswitched"] = float(np.mean([run["test_error_percent"] for run in unswitched]))
        rows.append(row)
    return rows


def _chart(frame: pd.DataFrame, curves: Mapping[str, str], look: Look) -> dict[str, Any]:
    """Those of the curves that are there, of one experiment, chosen from a list."""
    import altair as alt

    from gengap.render.interactive import curves_of, specification

    # With more ticks than powers of two Vega would set them at equal steps.
    axis = alt.Axis(format="d", grid=False, tickCount=5)
    sizes = alt.X("batch_size:Q", title="Training batch size", axis=axis)
    shown, network = curves_of("test_error", frame["title"], curves)
    shown = shown.encode(
        x=sizes.scale(type="log", base=2, nice=False, padding=15),
        color=alt.Color("curve:N", title=None).scale(domain=list(curves.values()), range=look.hex),
    )
    dots = shown.mark_circle(size=55, opacity=1).encode(
        y=alt.Y("value:Q", title="Percentage points").scale(zero=False),
        tooltip=["curve:N", alt.Tooltip("batch_size:Q", title="batch size"), "seed:Q", "value:Q"],
    )
    return specification((shown.mark_line().encode(y="mean(value):Q") + dots).add_params(network))
