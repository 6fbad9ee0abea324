"""What networks have that were trained at several batch sizes and are fed one and the same batch."""

import math

import pandas as pd

from gengap.analysis.trends import has_risen

TOWARDS, BEYOND, AWAY = "towards", "beyond", "away"
"""Where an effective rank that falls ends, seen from the untrained network's."""

ROUNDING = 1e-12
"""Singular values below are rounding: the largest ones of activations are 1 or more, and float64 has 16 digits."""


def widest_fully_connected(layers: pd.DataFrame) -> pd.DataFrame:
    """What was measured of the activations, units x batch, of the widest fully connected layer of trained networks.

    Args:
        layers: counts of each unfolding, of one experiment; may be empty.

    Returns:
        The rows of `layers`, `mode_size` is the number of units, and a `sigma_min` below `ROUNDING` is 0; none where
        nothing was measured.
    """
    if not len(layers):
        return layers
    dense = layers[(layers["state"] == "trained") & (layers["kind"] == "linear") & (layers["mode"] == "channel")]
    widest = dense[dense["mode_size"] == dense["mode_size"].max()]
    return widest.assign(sigma_min=widest["sigma_min"].mask(widest["sigma_min"] < ROUNDING, 0.0))


def by_training(rows: pd.DataFrame, value: str) -> pd.DataFrame:
    """Means over the seeds of what trained networks have, fed one and the same batch.

    Args:
        rows: of trained networks, with `seed`, `trained_batch_size`, `fed_batch_size` and the value.
        value: name of its column.

    Returns:
        A line for each size of the fed batch that all networks of a seed were fed, a column for each training batch
        size, both ascending; without the networks of a seed of which one has diverged.
    """
    networks = rows.pivot_table(index=["fed_batch_size", "seed"], columns="trained_batch_size", values=value)
    means = networks.dropna().groupby("fed_batch_size").mean()
    return means.set_axis(means.columns.astype(int), axis="columns")


def falls_at(means: pd.DataFrame) -> int:
    """At how many fed sizes the values fall with the training batch size."""
    return sum(has_risen(means.columns, -line) for line in means.to_numpy(float))


def unfoldings(layers: pd.DataFrame) -> pd.DataFrame:
    """What the training batch size does to the effective rank of each unfolding, all networks fed one batch.

    Returns:
        `kind` of the layer, whether it `falls`, and where it does, the `end`: `towards` that of the untrained networks,
        `beyond` it, or `away` from it where it began below (missing where these were not measured); nothing of an
        unfolding that fewer than two training batch sizes have.
    """
    # Both unfoldings of a fully connected layer's matrix have the same singular values.
    layers = layers[(layers["kind"] == "conv") | ((layers["kind"] == "linear") & (layers["mode"] == "channel"))]
    found = []
    for (kind, _, _), rows in layers.groupby(["kind", "layer_index", "mode"]):
        ranks = by_training(rows[rows["state"] == "trained"], "effective_rank")
        if ranks.shape[1] > 1 and len(ranks):
            untrained = rows.loc[rows["state"] == "untrained", "effective_rank"].mean()
            first, last = ranks.iloc[0, 0], ranks.iloc[0, -1]
            falls = falls_at(ranks) > 0
            end = TOWARDS if last >= untrained else BEYOND if first >= untrained else AWAY
            found.append({"kind": kind, "falls": falls, "end": end if falls and not math.isnan(untrained) else None})
    return pd.DataFrame(found)
