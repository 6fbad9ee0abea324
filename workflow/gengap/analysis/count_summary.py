"""Near-rank loss of each experiment in numbers: what shapes, the fed batch and training each have to do with it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gengap.analysis import count_curves
from gengap.analysis.count_curves import CONVENTIONS
from gengap.analysis.fed_batches import common_fed_batches


def shares(counts: pd.DataFrame) -> tuple[float, float]:
    """Shares of the sum of squares of counts that go with the fed and with the training batch size, from 0 to 1.

    With one mean per cell of a balanced table, the squares about the grand mean are those of the column means, those
    of the row means and the rest, the interaction (Fisher's analysis of variance, without replication).

    Args:
        counts: of one convention. Those of trained networks count, over the batches that all of them were fed.

    Returns:
        NaN where there are fewer than two training or such fed batch sizes, or all counts are equal.
    """
    trained = counts[counts["state"] == "trained"]
    cells = trained.pivot_table(index="trained_batch_size", columns="fed_batch_size", values="count")
    table = cells.dropna(axis="columns").to_numpy(float)
    if not table.size or min(table.shape) < 2 or np.ptp(table) == 0:
        return np.nan, np.nan
    rows, columns = (np.square(table.mean(axis=axis) - table.mean()).mean() for axis in (1, 0))
    return float(columns / table.var()), float(rows / table.var())


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
    common = common_fed_batches(chosen)
    fed, of_common = max(common, default=None), chosen[chosen["fed_batch_size"].isin(common)]
    rows = []
    for convention in CONVENTIONS:
        own = count_curves.own_batch(chosen, convention)
        same = count_curves.same_batch(chosen, convention, fed)
        networks = own.dropna(subset="mean")
        if not len(networks):  # all diverged, or none was fed its own batch size
            ends = (own if fed is None else same).iloc[:1].assign(mean=np.nan, low=np.nan, high=np.nan)
        else:
            ends = networks.iloc[[0, -1]]
        first, last = ends.iloc[0], ends.iloc[-1]
        share_fed, share_trained = shares(of_common[of_common["convention"] == convention])
        untrained = count_curves.untrained(chosen, convention, int(ends.index[-1]))
        rows.append(
            {
                "experiment": experiment,
                "threshold": threshold,
                "convention": convention,
                "networks": len(networks),
                "smallest": int(ends.index[0]),
                "largest": int(ends.index[-1]),
                "own_smallest": first["mean"],
                "own_largest": last["mean"],
                "own_largest_low": last["low"],
                "own_largest_high": last["high"],
                "shape_floor": last["shape_floor"],
                "rank_floor": last["rank_floor"],
                "above_floor": last["mean"] - last["rank_floor"],
                "untrained": untrained.mean() if len(untrained) else np.nan,
                "fed": fed,
                "same_low": same["mean"].min(),
                "same_high": same["mean"].max(),
                "share_fed": share_fed,
                "share_trained": share_trained,
            }
        )
    return pd.DataFrame(rows).astype({"fed": "Int64"})


def summaries(counts: pd.DataFrame, experiments: Sequence[str], thresholds: Sequence[float]) -> pd.DataFrame:
    """`summary` of every experiment at every threshold."""
    parts = [summary(counts, experiment, threshold) for experiment in experiments for threshold in thresholds]
    return pd.concat(parts, ignore_index=True)
