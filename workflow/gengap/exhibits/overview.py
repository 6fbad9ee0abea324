"""The main figure: the gap, what the loss is made of, near-rank loss beside its floor, and effective rank.

A row for each of Tables 5 and 6, LeNet-5 with batch norm on Fashion-MNIST and on MNIST.
"""

import itertools
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gengap.analysis import count_curves
from gengap.analysis.fed_batches import common_fed_batch
from gengap.analysis.over_seeds import results_table
from gengap.analysis.update_pairs import by_batch_size, pairs_of
from gengap.config.measured import measured_experiments
from gengap.config.plan import Plan
from gengap.config.subjects import result_tables
from gengap.exhibits import equal_updates
from gengap.exhibits.needs import PRINTED_RESULTS, Files, Needs, Subject, merged, runs_of
from gengap.paper.printed import read_misprints, read_printed_results
from gengap.render.exhibit import Drawing, Figure
from gengap.render.numbers import plain_power
from gengap.render.panels import PRINTED, Line, small_multiples
from gengap.render.style import MUTED, Look

KIND = "figure"

TABLES = ("5", "6")

_QUANTITIES = {
    "error": "Test error (%)",
    "loss": "Training loss (nats)",
    "count": "Singular values near zero",
    "rank": "Effective rank, conv 2",
}
_NAMES = {
    "trainings": "equal epochs, own batch",
    "networks": "equal epochs, own batch",
    "own batch": "equal epochs, own batch",
    "common batch": "all fed one common batch",
    "floor": "forced by shapes alone",
    "printed": "printed",
    "train_cross_entropy": "cross-entropy",
    "weight_penalty": "weight penalty",
    "untrained": "untrained network",
}
"""Series of the data as the legend has them."""
_UPDATES = "updates as batch size "


def needs(plan: Plan) -> Needs:
    """Where one of these tables is the paper's and its networks' spectra are measured."""
    measured = measured_experiments(plan)
    tables = [
        table
        for table in result_tables(plan)
        if table["number"] in TABLES and table["reproduces_paper"] and table["experiment"] in measured
    ]
    if not tables:
        return Needs()
    names = [table["experiment"] for table in tables]
    pairs = equal_updates.needs(plan)
    equal = [
        pair for pair in pairs.subject["pairs"] if pair["experiment"] in names and pair["equal_experiment"] in measured
    ]
    subject = {
        "tables": tables,
        "threshold": max(plan.config["spectra"]["thresholds"]),
        **pairs.subject,
        "equal": equal,
    }
    layers = [*names, *(pair["equal_experiment"] for pair in equal)]
    files = {"metrics": runs_of(tables), "counts": names, "layers": layers}
    return Needs(subject, merged(files, pairs.files), printed=PRINTED_RESULTS)


def make(subject: Subject, files: Files, look: Look) -> Figure:
    """Four panels for each table."""
    tables = files.loaded(subject["tables"])
    frame = pd.concat([_of_table(table, subject, files) for table in tables], ignore_index=True)
    titles = {table["number"]: table["title"] for table in tables}
    threshold = plain_power(subject["threshold"])
    return Figure(
        title="The gap, the loss, near-rank loss and effective rank against training batch size",
        caption=(
            f"Near-rank loss is the literal count of singular values ≤ {threshold}: of networks fed their own batch"
            " size it lies on the grey band, of those fed one common batch it does not change. Effective rank: channels"
            " of the second convolution, all fed one common batch."
        ),
        drawing=_drawn(frame, titles, look),
        data=frame,
    )


def _of_table(table: Mapping[str, Any], subject: Subject, files: Files) -> pd.DataFrame:
    """Long rows: `table`, `panel`, `series`, `batch_size`, `value`."""
    number = table["number"]
    lines: list[dict[str, Any]] = []

    def add(panel: str, series: str, values: pd.Series) -> None:
        """Values by batch size."""
        about = {"table": number, "panel": panel, "series": series}
        lines.extend(about | {"batch_size": int(size), "value": value} for size, value in values.items())

    printed, misprints = read_printed_results(number), read_misprints(number)
    means = results_table(table["rows"]).set_index("batch_size")
    add("error", "measured", means["test_error_percent_mean"])
    runs = pd.DataFrame([run for row in table["rows"] for run in row["metrics"]])
    add("error", "trainings", runs.set_index("batch_size")["test_error_percent"])
    for part in ("train_cross_entropy", "weight_penalty"):
        add("loss", part, means[f"{part}_mean"])
    for column, panel in (("test_error_percent", "error"), ("train_loss", "loss")):
        known = {label: row[column] for label, row in printed.items() if (label, column) not in misprints}
        add(panel, "printed", pd.Series(known))
    for pair in pairs_of(equal_updates.compared(subject, files)):
        if pair["experiment"].iloc[0] == table["experiment"]:
            errors = by_batch_size(pair, "test_error_percent").set_index("batch_size")
            add("error", f"{_UPDATES}{pair['reference'].iloc[0]}", errors["updates"])
    counts = count_curves.select(files.counts, table["experiment"], subject["threshold"])
    own, fed = count_curves.own_batch(counts, "literal"), common_fed_batch(counts)
    add("count", "own batch", own["mean"])
    add("count", "floor", own["rank_floor"])
    add("count", "common batch", count_curves.same_batch(counts, "literal", fed)["mean"])
    layers = files.of_networks("layers")
    conv = _last_convolution(layers, table["experiment"], fed)
    trained = conv[conv["state"] == "trained"]
    ranks = trained.groupby("trained_batch_size")["effective_rank"].mean()
    add("rank", "trained", ranks)
    add("rank", "networks", trained.set_index("trained_batch_size")["effective_rank"])
    before = conv.loc[conv["state"] == "untrained", "effective_rank"].mean()
    add("rank", "untrained", pd.Series(before, ranks.index))
    for pair in subject["equal"]:
        if pair["experiment"] == table["experiment"]:
            alike = _last_convolution(layers, pair["equal_experiment"], fed)
            alike = alike[alike["state"] == "trained"].groupby("trained_batch_size")["effective_rank"].mean()
            alike[pair["equal_updates_to"]] = ranks[pair["equal_updates_to"]]
            add("rank", f"{_UPDATES}{pair['equal_updates_to']}", alike)
    return pd.DataFrame(lines).dropna().sort_values(["table", "panel", "series", "batch_size"])


def _last_convolution(layers: pd.DataFrame, experiment: str, fed: int | None) -> pd.DataFrame:
    """Of the channels of the last convolution of each network, fed one batch."""
    here = layers[(layers["experiment"] == experiment) & (layers["fed_batch_size"] == fed)]
    conv = here[(here["kind"] == "conv") & (here["mode"] == "channel")]
    last = conv[conv["layer_index"] == conv["layer_index"].max()]
    return last.drop_duplicates(["state", "seed", "trained_batch_size"])


def _drawn(frame: pd.DataFrame, titles: Mapping[str, str], look: Look) -> Drawing:
    blue, orange, green, red, pink = look.colors[:5]
    marks = ({"color": orange, "marker": "s", "ms": 4}, {"color": red, "marker": "*", "ms": 8})
    equal = sorted({name for name in frame["series"] if name.startswith(_UPDATES)}, key=lambda name: (len(name), name))
    lines: dict[str, Line] = {
        "forced by shapes alone": {"color": "#c9c9c9", "lw": 7, "solid_capstyle": "butt", "zorder": 1},
        "printed": PRINTED,
        "equal epochs, own batch": {"color": blue, "lw": 1.6, "marker": "o", "ms": 4},
        **{
            f"as many {name}": {"lw": 1.6, "ls": (0, (4, 2)), **mark}
            for name, mark in zip(equal, itertools.cycle(marks), strict=False)
        },
        "all fed one common batch": {"color": pink, "lw": 1.6, "ls": (0, (4, 2)), "marker": "P", "ms": 5},
        "cross-entropy": {"color": green, "lw": 1.6, "marker": "^", "ms": 4},
        "weight penalty": {"color": MUTED, "lw": 1.6, "marker": "v", "ms": 4},
        "untrained network": {"color": MUTED, "lw": 1.2, "ls": (0, (5, 2))},
    }
    names = _NAMES | {name: f"as many {name}" for name in equal}
    # Means of what is drawn training by training are in the data alone.
    rows = frame[~frame["series"].isin(["measured", "trained"])]
    rows = rows.sort_values("panel", key=lambda panels: panels.map(list(_QUANTITIES).index), kind="stable")
    shown = rows.assign(
        panel=rows["table"].map(titles), quantity=rows["panel"].map(_QUANTITIES), curve=rows["series"].map(names)
    )
    return small_multiples(shown, lines, x="batch_size", x_label="Training batch size")[0]
