"""Trainings for as many updates as another batch size makes: what is left of the gap (Hoffer et al. 2017)."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gengap.analysis.over_seeds import METRICS, results_table

KINDS = ("epochs", "updates")


def equal_updates_table(pairs: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Set trainings of equal epochs beside trainings of equal updates.

    Args:
        pairs: `experiment` (of equal epochs) and its `title`, `equal_updates_to` (the reference batch size), `normal`
            and `equal`: rows as `results_table` takes them. The first row of `normal` is the reference, its others
            have the batch sizes of `equal`, in the same order.

    Returns:
        One line per pair and batch size: `experiment`, `title`, `batch_size`, `seeds`, `reference` (batch size), and of
        each metric `<metric>_<run>` and `<metric>_std_<run>` (mean and deviation over seeds) of the runs `reference`,
        `normal` and `equal`; and `gap_closed`: the part of the gap in test error between the normal run and the
        reference, in percent, that equal updates close; NaN where there is no gap, and below the reference, where they
        are fewer. Errors are in percent, losses in nats.
    """
    lines = []
    for pair in pairs:
        reference, *normal = results_table(pair["normal"]).to_dict("records")
        for row, equal in zip(normal, results_table(pair["equal"]).to_dict("records"), strict=True):
            line = {"experiment": pair["experiment"], "title": pair["title"], "batch_size": row["batch_size"]}
            line |= {"seeds": equal["seeds"], "reference": pair["equal_updates_to"]}
            for metric in METRICS:
                for name, source in (("reference", reference), ("normal", row), ("equal", equal)):
                    line[f"{metric}_{name}"] = source[f"{metric}_mean"]
                    line[f"{metric}_std_{name}"] = source[f"{metric}_std"]
            gap = line["test_error_percent_normal"] - line["test_error_percent_reference"]
            closed = line["test_error_percent_normal"] - line["test_error_percent_equal"]
            larger = int(row["batch_size"]) > pair["equal_updates_to"]
            line["gap_closed"] = 100 * closed / gap if larger and gap > 0 else math.nan
            lines.append(line)
    return pd.DataFrame(lines)


def by_batch_size(pair: pd.DataFrame, metric: str) -> pd.DataFrame:
    """A metric against the batch size, the reference among the others.

    Args:
        pair: the lines of one pair of what `equal_updates_table` returns.
        metric: its name.

    Returns:
        Ascending `batch_size`, and with equal `epochs` and with equal `updates` the metric's mean, and its deviation
        in `epochs_std` and `updates_std`. The reference is the same training in both.
    """
    first = pair.iloc[0]
    found = [(int(first["reference"]), first, ("reference", "reference"))]
    found += [(int(line["batch_size"]), line, ("normal", "equal")) for _, line in pair.iterrows()]
    rows = []
    for batch_size, line, runs in sorted(found, key=lambda entry: entry[0]):
        row = {"batch_size": batch_size}
        for kind, run in zip(KINDS, runs, strict=True):
            row |= {kind: line[f"{metric}_{run}"], f"{kind}_std": line[f"{metric}_std_{run}"]}
        rows.append(row)
    return pd.DataFrame(rows)


def pairs_of(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """The lines of each pair, in their order."""
    return [pair for _, pair in frame.groupby(["experiment", "reference"], sort=False)] if len(frame) else []
