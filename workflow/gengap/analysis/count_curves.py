"""Counts of small singular values, selected and summarized for a figure."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from gengap.analysis.frames import joined
from gengap.errors import UserError
from gengap.runtime.readers import read_csv

CONVENTIONS = ("literal", "thin", "full")
UNTRAINED = "untrained"

COLUMNS = (
    "experiment",
    "seed",
    "state",
    "trained_batch_size",
    "fed_batch_size",
    "convention",
    "threshold_kind",
    "threshold",
    "count",
    "shape_floor",
    "rank_floor",
)


def read_counts(paths: Sequence[str | Path]) -> pd.DataFrame:
    """All totals of some experiments, if any; an empty `count` marks a network that diverged.

    Raises:
        UserError: a file is not one of counts.
    """
    kinds = {"experiment": "string", "trained_batch_size": "Int64"}
    return joined(read_csv(path, COLUMNS, dtype=kinds) for path in paths)


def select(counts: pd.DataFrame, experiment: str, threshold: float) -> pd.DataFrame:
    """Rows of one experiment at one absolute threshold.

    Raises:
        UserError: there are none.
    """
    here = (counts["experiment"] == experiment) & (counts["threshold_kind"] == "absolute")
    chosen = counts[here & np.isclose(counts["threshold"], threshold, rtol=1e-9, atol=0)]
    if chosen.empty:
        raise UserError(
            f"No counts of `{experiment}` at the threshold {threshold:g} were found; add it to `spectra.thresholds`."
        )
    return chosen


def own_batch(counts: pd.DataFrame, convention: str) -> pd.DataFrame:
    """Count of each trained network fed a batch of the size that it was trained with (Algorithm 1)."""
    own = counts["trained_batch_size"] == counts["fed_batch_size"]
    return _curve(counts[own.fillna(False) & (counts["state"] == "trained") & (counts["convention"] == convention)])


def same_batch(counts: pd.DataFrame, convention: str, fed: int | None) -> pd.DataFrame:
    """Count of each trained network fed a batch of one and the same size; empty where there is no such size."""
    here = (counts["fed_batch_size"] == fed) & (counts["convention"] == convention)
    return _curve(counts[here & (counts["state"] == "trained")])


def untrained(counts: pd.DataFrame, convention: str, fed: int | None) -> np.ndarray:
    """Counts of the untrained networks of all seeds fed a batch of one size; empty where not measured."""
    here = (counts["fed_batch_size"] == fed) & (counts["convention"] == convention) & (counts["state"] == UNTRAINED)
    return counts.loc[here, "count"].dropna().to_numpy(float)


def fed_curve(counts: pd.DataFrame, convention: str) -> pd.DataFrame:
    """Count of all networks in `counts` against the size of the batch that they are fed."""
    return _curve(counts[counts["convention"] == convention], by="fed_batch_size")


def grid(counts: pd.DataFrame, convention: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts by training batch size, the untrained networks first, and fed batch size, both ascending.

    Returns:
        The means over the seeds, NaN where nothing was measured or all seeds diverged, and how many seeds diverged.
    """
    cells = counts[counts["convention"] == convention].fillna({"trained_batch_size": 0})
    table = cells.assign(diverged=cells["count"].isna()).pivot_table(
        index="trained_batch_size", columns="fed_batch_size", aggfunc={"count": "mean", "diverged": "sum"}, dropna=False
    )
    return table["count"].rename({0: UNTRAINED}), table["diverged"].rename({0: UNTRAINED}).fillna(0)


def _curve(rows: pd.DataFrame, by: str = "trained_batch_size") -> pd.DataFrame:
    """A count against batch size, over the seeds.

    Returns:
        By batch size, ascending: `mean`, `low` and `high` over the seeds that did not diverge, NaN where all did,
        `diverged`, the number of those that did, and the least counts that the shapes (`shape_floor`) and, in a linear
        network, the ranks, too, (`rank_floor`) allow.
    """
    groups = rows.groupby(rows[by].astype(int))
    count, floors = groups["count"], groups[["shape_floor", "rank_floor"]].max()
    diverged = count.size() - count.count()
    return floors.assign(mean=count.mean(), low=count.min(), high=count.max(), diverged=diverged)
