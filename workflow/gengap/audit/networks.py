"""What the audit's figures need of every network, from its spectrum and its counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gengap.audit.effective_rank import effective_ranks
from gengap.audit.sigma_min import fully_connected
from gengap.audit.threshold_curves import threshold_counts
from gengap.readers import read_parquet
from gengap.results.rank_loss_counts import common_fed_batch, read_counts
from gengap.spectra.counts import LAYER_COLUMNS, SPECTRUM_COLUMNS


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


def read_networks(experiments: Sequence[Mapping[str, Any]]) -> Networks:
    """Read all spectra and counts, one file at a time.

    Args:
        experiments: for each its `experiment`, `counts` and `layers`, paths of its counts as CSV and Parquet, and
            `spectra`, for each network `path`, `state`, `trained_batch_size` (None if untrained) and `seed`.
    """
    curves, ranks, dense = [], [], []
    for experiment in experiments:
        counts = read_counts([experiment["counts"]])
        fed = common_fed_batch(counts) or int(counts["fed_batch_size"].max())
        ranks.append(effective_ranks(read_parquet(experiment["layers"], LAYER_COLUMNS), fed))
        for network in experiment["spectra"]:
            spectrum = read_parquet(network["path"], SPECTRUM_COLUMNS)
            identity = {
                "experiment": experiment["experiment"],
                "seed": network["seed"],
                "state": network["state"],
                "trained_batch_size": network["trained_batch_size"] or pd.NA,
            }
            same = spectrum[spectrum["fed_batch_size"] == fed]
            if len(same):
                curves.append(threshold_counts(same).assign(fed_batch_size=fed, **identity))
            dense.append(fully_connected(spectrum).assign(**identity))
    return Networks(*(pd.concat(frames, ignore_index=True) for frames in (curves, ranks, dense)))
