"""What the audit's figures need of every network, from the summaries of its spectrum and its counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gengap.audit.effective_rank import effective_ranks
from gengap.audit.joined import joined
from gengap.results.rank_loss_counts import read_counts, shown_fed_batch


@dataclass(frozen=True)
class Networks:
    """All networks of some experiments; each frame names `experiment`, `seed`, `state` and `trained_batch_size`.

    Attributes:
        curves: rows of `threshold_counts`, all networks of an experiment fed one batch; where no two trained networks
            were fed batches of one size, those fed the largest.
        ranks: rows of `effective_ranks` of the same batch.
        dense: rows of `fully_connected`, all fed batches.
    """

    curves: pd.DataFrame
    ranks: pd.DataFrame
    dense: pd.DataFrame


def read_networks(
    counts: Sequence[str | Path],
    layers: Sequence[str | Path],
    curves: Sequence[str | Path],
    smallest: Sequence[str | Path],
) -> Networks:
    """Read the files of `counts` of some experiments, each kind in the same order."""
    fed = [shown_fed_batch(read_counts([path])) for path in counts]
    ranks = [effective_ranks(read_rows([path]), size) for path, size in zip(layers, fed, strict=True)]
    return Networks(read_rows(curves), joined(ranks), read_rows(smallest))


def read_rows(paths: Sequence[str | Path]) -> pd.DataFrame:
    """Tables of networks below each other; an untrained network has no `trained_batch_size`."""
    return joined(pd.read_csv(path, dtype={"trained_batch_size": "Int64"}) for path in paths)
