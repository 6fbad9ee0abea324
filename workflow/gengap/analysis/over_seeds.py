"""Tables of training results: means and deviations over seeds."""

import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.paper.printed import first_batch_size
from gengap.runtime.readers import read_json, unusable

METRICS = (
    "train_error_percent",
    "test_error_percent",
    "train_cross_entropy",
    "test_cross_entropy",
    "weight_penalty",
    "train_loss",
    "test_loss",
    "updates",
    "weight_distance",
)


def results_table(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Summarize runs over their seeds.

    Args:
        rows: one mapping per row, in order: `label`, the batch size as text, and the `metrics` of its seeds.

    Returns:
        One line per row with the columns `batch_size`, `seeds` (runs), `diverged` (runs that diverged),
        `epochs`, and `<metric>_mean` and `<metric>_std` of every metric: errors in percent, losses in
        nats, the Euclidean distance of the weights from their initial values. A diverged run counts in
        no mean. The deviation is the sample's (n - 1), absent for one run.
    """
    return pd.DataFrame([_summary(row["label"], row["metrics"]) for row in rows])


def ended(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of `results_table` of which some run did not diverge, in ascending order of the batch sizes."""
    rows = table[table["diverged"] < table["seeds"]]
    return rows.sort_values("batch_size", key=lambda labels: labels.map(first_batch_size), kind="stable")


def _summary(label: str, runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    finished = [run for run in runs if not run["diverged"]]
    summary = {
        "batch_size": label,
        "seeds": len(runs),
        "diverged": len(runs) - len(finished),
        "epochs": max(run["epochs"] for run in runs),
    }
    for metric in METRICS:
        values = [float(run[metric]) for run in finished]
        summary[f"{metric}_mean"] = statistics.fmean(values) if values else math.nan
        summary[f"{metric}_std"] = statistics.stdev(values) if len(values) > 1 else math.nan
    return summary


def read_metrics(path: str | Path) -> dict[str, Any]:
    """The content of a `metrics.json`, with a value for each metric and for what tells one training from another.

    Raises:
        UserError: the file cannot be read or lacks a metric.
    """
    metrics = read_json(path)
    needed = ["experiment", "model", "batch_size", "seed", "diverged", "epochs"]
    needed += [] if metrics.get("diverged") else METRICS
    missing = [key for key in needed if metrics.get(key) is None]
    if missing:
        raise unusable(path, f"has no value for `{missing[0]}`")
    return metrics
