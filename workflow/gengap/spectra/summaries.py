"""What figures need of spectra besides counts: curves of counts against the threshold, and σ_min of the widest layer.

A spectrum is large and is not kept for good; these tables are small.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

THRESHOLDS = np.logspace(-8, 0, 33)


def threshold_counts(spectrum: pd.DataFrame, thresholds: Sequence[float] | np.ndarray = THRESHOLDS) -> pd.DataFrame:
    """Counts of one network fed one batch, in the three conventions of `gengap.spectra.counts`.

    Args:
        spectrum: rows of one fed batch of a table of `gengap.spectra.measure.measure`.
        thresholds: absolute thresholds t of σ ≤ t.

    Returns:
        One row per convention and threshold: `convention`, `threshold`, `count` (NaN where the network has
        diverged), `shape_floor` and `rank_floor`.
    """
    layers = spectrum[spectrum["kind"] != "input"]
    unfoldings = layers.drop_duplicates(["layer", "mode"])
    tables = []
    for convention in ("literal", "thin", "full"):
        counted, every = layers, unfoldings
        if convention == "literal":  # of a matrix the one decomposition, not both unfoldings
            counted, every = (
                frame[(frame["kind"] == "conv") | (frame["mode"] == "batch")] for frame in (counted, every)
            )
        with_zeros = every[every["kind"] == "conv"] if convention == "literal" else every
        shape_floor = 0 if convention == "thin" else int((with_zeros["mode_size"] - with_zeros["thin_size"]).sum())
        values = np.sort(counted["singular_value"].to_numpy())
        diverged = bool(np.isnan(values).any())
        counts = np.searchsorted(values, thresholds, side="right") + shape_floor
        tables.append(
            pd.DataFrame(
                {
                    "convention": convention,
                    "threshold": thresholds,
                    "count": np.nan if diverged else counts.astype(float),
                    "shape_floor": shape_floor,
                    "rank_floor": shape_floor + int((every["thin_size"] - every["rank_bound"]).sum()),
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def fully_connected(spectrum: pd.DataFrame) -> pd.DataFrame:
    """σ_min of the activations of one network's widest fully connected layer, for each batch that it was fed.

    The prediction is s·|√h - √b|, s² the mean square of the entries without the largest singular value: activations
    have a mean, and a mean adds one large value to those of a centred matrix.

    Args:
        spectrum: a table of `gengap.spectra.measure.measure`.

    Returns:
        One row per fed batch: `layer`, `width`, `fed_batch_size`, `sigma_min`, `sigma_max`, `scale` (s) and
        `predicted`. No rows for a network without fully connected layers.
    """
    dense = spectrum[(spectrum["kind"] == "linear") & (spectrum["mode"] == "channel")]
    widest = dense[dense["mode_size"] == dense["mode_size"].max()]
    widest = widest[widest["layer_index"] == widest["layer_index"].min()]
    rows = []
    for size, part in widest.groupby("fed_batch_size", sort=True):
        values, width = part["singular_value"].to_numpy(), int(part["mode_size"].iloc[0])
        rest = float((values[1:] ** 2).sum())
        scale = np.sqrt(rest / max(1, (width - 1) * (size - 1)))
        rows.append(
            {
                "layer": part["layer"].iloc[0],
                "width": width,
                "fed_batch_size": size,
                "sigma_min": values[-1],
                "sigma_max": values[0],
                "scale": scale,
                "predicted": scale * abs(np.sqrt(width) - np.sqrt(size)),
            }
        )
    return pd.DataFrame(rows)


def summaries(
    spectra: Iterable[tuple[Mapping[str, Any], pd.DataFrame]], experiment: str, fed_batch_size: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Curves and σ_min of all networks of an experiment.

    Args:
        spectra: for each network its `state`, `trained_batch_size` (`None` if untrained) and `seed`, and its spectrum
            as `gengap.spectra.measure.measure` returns it.
        experiment: its name.
        fed_batch_size: size of the batch whose counts the curves show; networks that were not fed it have none.

    Returns:
        Rows of `threshold_counts` with the `fed_batch_size`, and rows of `fully_connected`, each with `experiment`,
        `seed`, `state` and `trained_batch_size`.
    """
    curves, smallest = [], []
    for network, spectrum in spectra:
        identity = {
            "experiment": experiment,
            "seed": network["seed"],
            "state": network["state"],
            "trained_batch_size": network["trained_batch_size"] or pd.NA,
        }
        same = spectrum[spectrum["fed_batch_size"] == fed_batch_size]
        if len(same):
            curves.append(threshold_counts(same).assign(fed_batch_size=fed_batch_size, **identity))
        smallest.append(fully_connected(spectrum).assign(**identity))
    return pd.concat(curves, ignore_index=True), pd.concat(smallest, ignore_index=True)
