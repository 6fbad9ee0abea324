"""Near-rank loss of each experiment in numbers: what shapes, the fed batch and training each have to do with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gengap.audit.panels import Panel
from gengap.results import rank_loss_counts
from gengap.results.figure_captions import plain_power
from gengap.results.item import TableItem
from gengap.results.numbers import count
from gengap.results.rank_loss_counts import CONVENTIONS, UNTRAINED, Grid


@dataclass(frozen=True)
class Shares:
    """Shares of the sum of squares of a table of counts that its two factors explain, from 0 to 1; they add up to 1.

    Attributes:
        fed: of the size of the fed batch.
        trained: of the training batch size.
        both: of the two together beyond their sum (the interaction).
    """

    fed: float
    trained: float
    both: float


def shares(grid: Grid) -> Shares | None:
    """Two-way decomposition of the counts of trained networks over the batches that all of them were fed.

    With one mean per cell of a balanced table, the squares about the grand mean are those of the column means, those
    of the row means and the rest (Fisher's analysis of variance, without replication).

    Returns:
        Nothing where there are fewer than two training or such fed batch sizes, or all counts are equal.
    """
    rows = [i for i, trained in enumerate(grid.trained) if trained != UNTRAINED]
    counts = grid.mean[rows]
    counts = counts[:, ~np.isnan(counts).any(axis=0)]
    if min(counts.shape) < 2 or np.ptp(counts) == 0:
        return None
    mean = counts.mean()
    total = ((counts - mean) ** 2).sum()
    fed = counts.shape[0] * ((counts.mean(axis=0) - mean) ** 2).sum() / total
    trained = counts.shape[1] * ((counts.mean(axis=1) - mean) ** 2).sum() / total
    return Shares(fed=float(fed), trained=float(trained), both=float(max(0.0, 1 - fed - trained)))


def summary(counts: pd.DataFrame, experiment: str, threshold: float) -> pd.DataFrame:
    """One row per convention of an experiment at one threshold.

    Args:
        counts: what `read_counts` returns.
        experiment: its name.
        threshold: an absolute threshold of the counts.

    Returns:
        `experiment`, `threshold`, `convention`; `smallest` and `largest`, training batch sizes of networks that did
        not diverge and were fed their own; `own_smallest`, `own_largest`, their counts on these batches, and
        `own_largest_low`, `own_largest_high`, those of the seeds with the fewest and the most; `shape_floor`,
        `rank_floor` and `untrained` at `largest`; `above_floor`, the count at `largest` less the rank floor;
        `own_high` and `above_floor_high`, the largest count and the farthest above its floor of any of these networks;
        `fed`, the size of one batch fed to all, the largest of these sizes, empty where there is none, and
        `same_smallest`, `same_largest`, `same_low`, `same_high`, `same_untrained`, counts of the networks of `smallest`
        and `largest`, of those with the fewest and the most and of the untrained, fed it, and `same_floor`, their rank
        floor; `share_fed`, `share_trained`, `share_both`, see `shares`; `networks`, training batch sizes compared.
        Numbers that were not measured are NaN.
    """
    chosen = rank_loss_counts.select(counts, experiment, threshold)
    common = rank_loss_counts.common_fed_batches(chosen)
    of_common = chosen[chosen["fed_batch_size"].isin(common)]
    fed = max(common, default=None)
    rows = []
    for convention in CONVENTIONS:
        own = rank_loss_counts.own_batch(chosen, convention)
        same = rank_loss_counts.same_batch(chosen, convention, fed)
        finite = np.flatnonzero(~np.isnan(own.mean))
        first, last = (finite[0], finite[-1]) if len(finite) else (0, 0)
        if not len(finite) and fed is not None:  # all diverged, or none was fed its own batch size
            own = same
        smallest, largest = int(own.batch_sizes[first]), int(own.batch_sizes[last])
        parts = shares(rank_loss_counts.grid(of_common, convention))
        rows.append(
            {
                "experiment": experiment,
                "threshold": threshold,
                "convention": convention,
                "networks": len(finite),
                "smallest": smallest,
                "largest": largest,
                "own_smallest": own.mean[first] if len(finite) else np.nan,
                "own_largest": own.mean[last] if len(finite) else np.nan,
                "own_largest_low": own.low[last] if len(finite) else np.nan,
                "own_largest_high": own.high[last] if len(finite) else np.nan,
                "shape_floor": own.shape_floor[last],
                "rank_floor": own.rank_floor[last],
                "above_floor": own.mean[last] - own.rank_floor[last] if len(finite) else np.nan,
                "own_high": _extreme(own.mean, np.max) if len(finite) else np.nan,
                "above_floor_high": _extreme(own.mean - own.rank_floor, np.max) if len(finite) else np.nan,
                "untrained": _mean(rank_loss_counts.untrained(chosen, convention, largest)),
                "fed": fed,
                "same_smallest": same.by_size().get(smallest, np.nan),
                "same_largest": same.by_size().get(largest, np.nan),
                "same_floor": _extreme(same.rank_floor, np.max),
                "same_low": _extreme(same.mean, np.min),
                "same_high": _extreme(same.mean, np.max),
                "same_untrained": _mean(rank_loss_counts.untrained(chosen, convention, fed)),
                "share_fed": parts.fed if parts else np.nan,
                "share_trained": parts.trained if parts else np.nan,
                "share_both": parts.both if parts else np.nan,
            }
        )
    return pd.DataFrame(rows).astype({"fed": "Int64"})


def summaries(counts: pd.DataFrame, panels: Sequence[Panel], thresholds: Sequence[float]) -> pd.DataFrame:
    """`summary` of every experiment at every threshold."""
    parts = [summary(counts, panel.experiment, threshold) for panel in panels for threshold in thresholds]
    return pd.concat(parts, ignore_index=True)


def item(frame: pd.DataFrame, panels: Sequence[Panel], main_threshold: float) -> TableItem:
    """The table at one threshold, with one paragraph of conclusion for each experiment.

    Args:
        frame: what `summaries` returns.
        panels: experiments, in order.
        main_threshold: the threshold that is shown.
    """
    threshold = plain_power(main_threshold)
    frame = frame[frame["threshold"] == main_threshold]
    rows, notes = [], []
    for panel in panels:
        here = frame[frame["experiment"] == panel.experiment].to_dict("records")
        for row in here:
            rows.append([panel.label if row is here[0] else "", row["convention"], *_cells(row)])
        notes.append(("", conclusion(panel.label, here, threshold)))
    return TableItem(
        name="near_rank_loss",
        title=f"Near-rank loss and its controls: numbers of singular values ≤ {threshold}",
        caption=(
            "Counts in the three conventions. Own batch: each network fed a batch of its own training batch size, as in"
            " the paper, from the smallest to the largest. The next columns are at the largest: the zeros that shapes"
            " alone force, those that shapes and, in linear networks, ranks force, the untrained network, and the count"
            " of the trained one above the floor. Fed / training: shares of the squares of the counts over the batches"
            " that all networks were fed (two-way analysis of variance without replication) that go with the size of"
            " the fed batch and with the training batch size; the rest is their interaction. A dash: not measured, or"
            " nothing varies. The paper shows its counts in figures, without numbers, so none stands beside a printed"
            " one."
        ),
        header=(
            "Experiment",
            "Count",
            "Own batch",
            "Shape floor",
            "Rank floor",
            "Untrained",
            "Above floor",
            "Fed / training",
        ),
        rows=rows,
        notes=notes,
    )


def conclusion(label: str, rows: Sequence[Mapping[str, Any]], threshold: str) -> str:
    """What the counts of one experiment say, in words that follow from the numbers by fixed rules.

    Args:
        label: the experiment as readers know it.
        rows: rows of `summary`, one per convention.
        threshold: the threshold in words.
    """
    if any(np.isnan(row["own_largest"]) for row in rows):
        return f"{label}: no count, since the networks have diverged or were not fed batches of their own size."
    literal, thin, full = rows
    if literal["networks"] == 1:
        text = (
            f"{label}: fed its own batch of {literal['largest']}, the network has {_listed(rows, 'own_largest')}"
            f" singular values ≤ {threshold}; shapes and ranks alone force {_listed(rows, 'rank_floor')}."
        )
    else:
        text = (
            f"{label}: from batch size {literal['smallest']} to {literal['largest']} the number of singular values ≤"
            f" {threshold} {_change(literal)} (literal), {_change(thin)} (thin) and {_change(full)} (full) where each"
            f" network is fed its own batch size; shapes and ranks alone force {_listed(rows, 'rank_floor')} at"
            f" {literal['largest']}."
        )
    silent = [row for row in (literal, thin) if _is_zero(row)]
    if len(silent) == 2:
        verdicts = ["Neither in the literal nor in the thin convention is any near-rank loss measured."]
    else:
        verdicts = [_verdict(row) for row in (literal, thin)]
    if full["above_floor"] == 0 < full["rank_floor"]:
        verdicts.append(f"At {full['largest']}, all that the full convention counts follows from shapes and ranks.")
    return " ".join([text, *verdicts])


def _is_zero(row: Mapping[str, Any]) -> bool:
    return row["own_high"] == 0 and not row["same_high"] > 0


def _verdict(row: Mapping[str, Any]) -> str:
    """One sentence about one convention."""
    name = f"In the {row['convention']} convention"
    if _is_zero(row):
        return f"{name} no near-rank loss is measured."
    if row["above_floor_high"] == 0 and row["same_low"] == row["same_high"]:
        return f"{name} the count is the floor, whatever the training batch size."
    untrained = "" if np.isnan(row["same_untrained"]) else f" (untrained: {count(row['same_untrained'])})"
    if row["networks"] == 1:
        return f"{name} {count(row['above_floor'])} of it lie above the floor{untrained}."
    if pd.isna(row["fed"]):
        return f"{name} nothing tells training from the fed batch: no two networks were fed batches of one size."
    low, high = count(row["same_low"]), count(row["same_high"])
    have = f"have {low} to {high}" if low != high else f"all have {low}"
    same = f"{name}, all fed one batch of {row['fed']}, trained networks {have}{untrained}"
    if np.isnan(row["share_fed"]):
        return f"{same}."
    larger, other = ("fed", "training") if row["share_fed"] >= row["share_trained"] else ("training", "fed")
    first, second = sorted((row["share_fed"], row["share_trained"]), reverse=True)
    return (
        f"{same}; over the batches that all were fed the {larger} batch size explains {_percent(first)} of the"
        f" variation of the count, the {other} batch size {_percent(second)}."
    )


def _change(row: Mapping[str, Any]) -> str:
    """What becomes of an own-batch count from the smallest to the largest batch size."""
    first, last = count(row["own_smallest"]), count(row["own_largest"])
    return f"goes from {first} to {last}" if first != last else f"stays at {first}"


def _cells(row: Mapping[str, Any]) -> list[str]:
    own = count(row["own_largest"])
    if row["smallest"] != row["largest"]:
        own = f"{count(row['own_smallest'])} → {own}"
    counts = [count(row[name]) for name in ("shape_floor", "rank_floor", "untrained", "above_floor")]
    if np.isnan(row["share_fed"]):
        return [own, *counts, "–"]
    return [own, *counts, f"{100 * row['share_fed']:.0f} / {_percent(row['share_trained'])}"]


def _listed(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    values = [count(row[name]) for row in rows]
    return f"{values[0]} (literal), {values[1]} (thin) and {values[2]} (full)"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan


def _extreme(values: np.ndarray, choose: Any) -> float:
    values = values[~np.isnan(values)]
    return float(choose(values)) if len(values) else np.nan
