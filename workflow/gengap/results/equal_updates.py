"""Large batches trained for as many updates as a small one: what is left of the gap (Hoffer et al. 2017)."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.results.item import TableItem, write_table_item
from gengap.results.numbers import ABSENT, fixed, spread
from gengap.results.tables import results_table

_METRICS = (
    "updates",
    "train_error_percent",
    "test_error_percent",
    "train_cross_entropy",
    "test_cross_entropy",
    "weight_penalty",
    "train_loss",
    "test_loss",
)
_KINDS = ("epochs", "updates")
_SHOWN = (("updates", 0), ("test_error_percent", 2), ("test_cross_entropy", 4), ("weight_penalty", 4))


def write_equal_updates(pairs: Sequence[Mapping[str, Any]], folder: Path) -> None:
    """Write the table `equal_updates` of pairs, as `equal_updates_table` takes them, into a folder of items."""
    frame = equal_updates_table(pairs)
    write_table_item(equal_updates_item(frame), frame, folder)


def equal_updates_table(pairs: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Set trainings of equal epochs beside trainings of equal updates.

    Args:
        pairs: `title`, `equal_updates_to` (the reference batch size), `normal` and `equal`: rows as `results_table`
            takes them. The first row of `normal` is the reference, its others have the batch sizes of `equal`, in the
            same order.

    Returns:
        One line per pair and batch size: `title`, `batch_size`, `seeds`, `reference` (batch size), and of each metric
        `<metric>_reference`, `<metric>_normal`, `<metric>_equal` (means over seeds), and `<metric>_std_normal` and
        `<metric>_std_equal`; and `gap_closed`: the part of the gap in test error between the normal run and the
        reference, in percent, that equal updates close; NaN where there is no gap. Errors are in percent, losses in
        nats.
    """
    lines = []
    for pair in pairs:
        reference, *normal = results_table(pair["normal"]).to_dict("records")
        for row, equal in zip(normal, results_table(pair["equal"]).to_dict("records"), strict=True):
            line = {"title": pair["title"], "batch_size": row["batch_size"], "seeds": equal["seeds"]}
            line["reference"] = pair["equal_updates_to"]
            for metric in _METRICS:
                line[f"{metric}_reference"] = reference[f"{metric}_mean"]
                for name, source in (("normal", row), ("equal", equal)):
                    line[f"{metric}_{name}"] = source[f"{metric}_mean"]
                    line[f"{metric}_std_{name}"] = source[f"{metric}_std"]
            gap = line["test_error_percent_normal"] - line["test_error_percent_reference"]
            closed = line["test_error_percent_normal"] - line["test_error_percent_equal"]
            line["gap_closed"] = 100 * closed / gap if gap > 0 else math.nan
            lines.append(line)
    return pd.DataFrame(lines)


def equal_updates_item(frame: pd.DataFrame) -> TableItem:
    """Test error, cross-entropy and penalty with equal epochs and with equal updates."""
    titles = list(dict.fromkeys(frame["title"]))
    marks = dict(zip(titles, "abcdefghijklmnopqrstuvwxyz", strict=False))
    rows = []
    for title in titles:
        of_title = frame[frame["title"] == title].to_dict("records")
        first = of_title[0]
        values = [cell for metric, places in _SHOWN for cell in (_value(first, metric, "reference", places), ABSENT)]
        rows.append([f"{marks[title]}: {first['reference']}", *values, ABSENT])
        for line in of_title:
            values = [_value(line, metric, name, places) for metric, places in _SHOWN for name in ("normal", "equal")]
            closed = ABSENT if math.isnan(line["gap_closed"]) else f"{fixed(line['gap_closed'], 0)} %"
            rows.append([f"{marks[title]}: {line['batch_size']}", *values, closed])
    caption = (
        "The same training for the same number of epochs and for the same number of updates as the reference, the"
        " first batch size of each network; a larger batch makes fewer updates in an epoch, so its effect and that of"
        " fewer updates are one in the former and apart in the latter (Hoffer et al. 2017). The learning rate falls"
        " at the same fractions of the training. Gap closed: the part of the gap in test error to the reference that"
        " equal updates close; above 100 % the larger batch is the better one. Means (± standard deviation) over"
        " seeds."
    )
    header = ["Network: batch size"]
    header += [f"{name}, {of}" for name in ("Updates", "Test error", "Test cross-entropy", "Penalty") for of in _KINDS]
    notes = [(mark, f"{title}.") for title, mark in marks.items()]
    return TableItem("equal_updates", "Equal epochs and equal updates", caption, [*header, "Gap closed"], rows, notes)


def _value(line: Mapping[str, Any], metric: str, name: str, places: int) -> str:
    value = line[f"{metric}_{name}"]
    if math.isnan(value):
        return "diverged"
    deviation = line.get(f"{metric}_std_{name}", math.nan) if metric == "test_error_percent" else math.nan
    return spread(value, deviation, places)
