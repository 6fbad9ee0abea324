"""Near-rank loss of each experiment in numbers: what shapes, the fed batch and training each have to do with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis import count_curves
from gengap.analysis.count_curves import CONVENTIONS, UNTRAINED, Grid


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
        `rank_floor` and `untrained` at `largest`; `above_floor`, the count at `largest` less the rank floor; `fed`, the
        size of one batch fed to all, the largest of these sizes, empty where there is none, and `same_low`,
        `same_high`, the fewest and the most that a network fed it has; `share_fed`, `share_trained`, see `shares`;
        `networks`, training batch sizes compared.
        Numbers that were not measured are NaN.
    """
    chosen = count_curves.select(counts, experiment, threshold)
    common = count_curves.common_fed_batches(chosen)
    of_common = chosen[chosen["fed_batch_size"].isin(common)]
    fed = max(common, default=None)
    rows = []
    for convention in CONVENTIONS:
        own = count_curves.own_batch(chosen, convention)
        same = count_curves.same_batch(chosen, convention, fed)
        finite = np.flatnonzero(~np.isnan(own.mean))
        first, last = (finite[0], finite[-1]) if len(finite) else (0, 0)
        if not len(finite) and fed is not None:  # all diverged, or none was fed its own batch size
            own = same
        smallest, largest = int(own.batch_sizes[first]), int(own.batch_sizes[last])
        parts = shares(count_curves.grid(of_common, convention))
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
                "untrained": _mean(count_curves.untrained(chosen, convention, largest)),
                "fed": fed,
                "same_low": _extreme(same.mean, np.min),
                "same_high": _extreme(same.mean, np.max),
                "share_fed": parts.fed if parts else np.nan,
                "share_trained": parts.trained if parts else np.nan,
            }
        )
    return pd.DataFrame(rows).astype({"fed": "Int64"})


def summaries(counts: pd.DataFrame, experiments: Sequence[str], thresholds: Sequence[float]) -> pd.DataFrame:
    """`summary` of every experiment at every threshold."""
    parts = [summary(counts, experiment, threshold) for experiment in experiments for threshold in thresholds]
    return pd.concat(parts, ignore_index=True)


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan


def _extreme(values: np.ndarray, choose: Any) -> float:
    values = values[~np.isnan(values)]
    return float(choose(values)) if len(values) else np.nan
