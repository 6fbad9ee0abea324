"""Counts of small singular values, selected and summarized for a figure."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

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


@dataclass(frozen=True)
class Curve:
    """A count against batch size, over the seeds; all arrays have one entry per batch size.

    Attributes:
        batch_sizes: ascending.
        mean: mean over the seeds that did not diverge, NaN where all did.
        low: smallest of them.
        high: largest of them.
        diverged: number of seeds that diverged.
        seeds: number of seeds, diverged ones included.
        shape_floor: the least count that the shapes allow.
        rank_floor: the least count that the shapes and, in a linear network, the ranks allow.
    """

    batch_sizes: np.ndarray
    mean: np.ndarray
    low: np.ndarray
    high: np.ndarray
    diverged: np.ndarray
    seeds: np.ndarray
    shape_floor: np.ndarray
    rank_floor: np.ndarray


@dataclass(frozen=True)
class Grid:
    """Counts of every network fed every batch, in one convention.

    Attributes:
        trained: one entry per row: `untrained`, then the training batch sizes, ascending.
        fed: one entry per column: sizes of the fed batch, ascending.
        mean: rows x columns, mean over the seeds, NaN where nothing was measured or all seeds diverged.
        diverged: rows x columns, number of seeds that diverged.
    """

    trained: tuple[str | int, ...]
    fed: tuple[int, ...]
    mean: np.ndarray
    diverged: np.ndarray


def read_counts(paths: Sequence[str | Path]) -> pd.DataFrame:
    """All totals of some experiments; an empty `count` marks a network that diverged.

    Raises:
        UserError: a file is not one of counts.
    """
    kinds = {"experiment": "string", "trained_batch_size": "Int64"}
    return pd.concat([read_csv(path, COLUMNS, dtype=kinds) for path in paths], ignore_index=True)


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


def own_batch(counts: pd.DataFrame, convention: str) -> Curve:
    """Count of each trained network fed a batch of the size that it was trained with (Algorithm 1)."""
    own = counts["trained_batch_size"] == counts["fed_batch_size"]
    return _curve(counts[own.fillna(False) & (counts["state"] == "trained") & (counts["convention"] == convention)])


def same_batch(counts: pd.DataFrame, convention: str, fed: int | None) -> Curve:
    """Count of each trained network fed a batch of one and the same size; empty where there is no such size."""
    here = (counts["fed_batch_size"] == fed) & (counts["convention"] == convention)
    return _curve(counts[here & (counts["state"] == "trained")])


def untrained(counts: pd.DataFrame, convention: str, fed: int | None) -> np.ndarray:
    """Counts of the untrained networks of all seeds fed a batch of one size; empty where not measured."""
    here = (counts["fed_batch_size"] == fed) & (counts["convention"] == convention) & (counts["state"] == UNTRAINED)
    return counts.loc[here, "count"].dropna().to_numpy(float)


def fed_curve(counts: pd.DataFrame, convention: str) -> Curve:
    """Count of all networks in `counts` against the size of the batch that they are fed."""
    return _curve(counts[counts["convention"] == convention], by="fed_batch_size")


def common_fed_batches(counts: pd.DataFrame) -> list[int]:
    """Sizes of the batches that most networks were fed, several where they tie, ascending.

    A network is known by its seed and its training batch size. Sizes that networks of one training batch size alone
    were fed compare nothing, and count only where no others were trained: so there may be none.
    """
    networks = counts[["fed_batch_size", "seed", "trained_batch_size"]].drop_duplicates()
    compared = networks.groupby("fed_batch_size")["trained_batch_size"].transform("nunique")
    several = min(2, networks["trained_batch_size"].nunique())
    numbers = networks.loc[compared >= several, "fed_batch_size"].value_counts()
    return sorted(int(size) for size in numbers[numbers == numbers.max()].index)


def common_fed_batch(counts: pd.DataFrame) -> int | None:
    """The largest of them, if there are any."""
    return max(common_fed_batches(counts), default=None)


def shown_fed_batch(counts: pd.DataFrame) -> int:
    """The size of the batch on which all networks are compared, or else the largest that any was fed."""
    return common_fed_batch(counts) or int(counts["fed_batch_size"].max())


def grid(counts: pd.DataFrame, convention: str) -> Grid:
    """Counts by training batch size and fed batch size."""
    chosen = counts[counts["convention"] == convention]
    is_untrained = chosen["state"] == UNTRAINED
    sizes = sorted(int(size) for size in chosen.loc[~is_untrained, "trained_batch_size"].unique())
    trained: tuple[str | int, ...] = (*([UNTRAINED] if is_untrained.any() else []), *sizes)
    fed = tuple(sorted(int(size) for size in chosen["fed_batch_size"].unique()))
    mean = np.full((len(trained), len(fed)), np.nan)
    diverged = np.zeros((len(trained), len(fed)), dtype=int)
    for i, row in enumerate(trained):
        of_row = chosen[is_untrained if row == UNTRAINED else (chosen["trained_batch_size"] == row).fillna(False)]
        for j, column in enumerate(fed):
            values = of_row.loc[of_row["fed_batch_size"] == column, "count"]
            diverged[i, j] = int(values.isna().sum())
            if values.notna().any():
                mean[i, j] = float(values.mean())
    return Grid(trained=trained, fed=fed, mean=mean, diverged=diverged)


def _curve(rows: pd.DataFrame, by: str = "trained_batch_size") -> Curve:
    groups = rows.groupby(rows[by].astype(int))
    count = groups["count"]
    return Curve(
        batch_sizes=np.array(sorted(groups.groups), dtype=int),
        mean=count.mean().to_numpy(float),
        low=count.min().to_numpy(float),
        high=count.max().to_numpy(float),
        diverged=(count.size() - count.count()).to_numpy(int),
        seeds=count.size().to_numpy(int),
        shape_floor=groups["shape_floor"].max().to_numpy(float),
        rank_floor=groups["rank_floor"].max().to_numpy(float),
    )
