"""How many singular values are near zero (S_z of the paper's Algorithm 1), and how many must be.

Three conventions of what is counted, since the paper leaves it open:

- `literal` (section 4.4): a convolution's output by the higher-order SVD, which has I_n values in each mode
  (De Lathauwer et al., 2000); a fully connected layer's output by one matrix SVD with min(h, batch) values.
- `thin`: min(I_n, product of the other sizes) values in each mode of each layer.
- `full`: I_n values in each mode of each layer. Those beyond the thin ones are exact zeros.

Beside each count stand two numbers of zeros that no training can avoid: `shape_floor`, from the shapes alone,
and `rank_floor`, from the ranks that the network's architecture and the fed batch allow.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

CONVENTIONS = ("literal", "thin", "full")
_UNFOLDING = ["fed_batch_size", "layer", "layer_index", "kind", "mode", "mode_size", "thin_size", "rank_bound"]

# Columns of a spectrum.
SPECTRUM_COLUMNS = (*_UNFOLDING, "singular_value")


def layer_counts(
    spectrum: pd.DataFrame, thresholds: Sequence[float], relative_thresholds: Sequence[float]
) -> pd.DataFrame:
    """Count the near-zero singular values of every unfolding in a spectrum.

    Args:
        spectrum: as `gengap.spectra.measure.measure` returns it.
        thresholds: t of σ ≤ t.
        relative_thresholds: t of σ ≤ t·σ_1, σ_1 the largest singular value of the same unfolding.

    Returns:
        One row per unfolding and threshold: what identifies the unfolding, `sigma_max`, `sigma_min`,
        `effective_rank`, `threshold_kind`, `threshold`, `thin_count` and `full_count`. Where the network has
        diverged (a NaN among the values) the counts are missing and the other three are NaN.
    """
    values = spectrum["singular_value"]
    grouped = spectrum.groupby(_UNFOLDING, sort=False)
    unfoldings = grouped["singular_value"].agg(sigma_max="first", sigma_min="last", effective_rank=effective_rank)
    missing = grouped["singular_value"].agg(lambda group: group.isna().any())
    largest = grouped["singular_value"].transform("first")
    beyond_thin = unfoldings.index.get_level_values("mode_size") - unfoldings.index.get_level_values("thin_size")
    tables = []
    for kind, chosen, scale in (("absolute", thresholds, 1.0), ("relative", relative_thresholds, largest)):
        for threshold in chosen:
            below = (values <= threshold * scale).groupby([spectrum[name] for name in _UNFOLDING], sort=False).sum()
            count = below.astype("Int64").mask(missing)
            tables.append(
                unfoldings.assign(
                    threshold_kind=kind, threshold=float(threshold), thin_count=count, full_count=count + beyond_thin
                )
            )
    return pd.concat(tables).reset_index()


def effective_rank(singular_values: Sequence[float]) -> float:
    """Exponential of the entropy of σ / Σσ (Roy and Vetterli, 2007, EUSIPCO, page 606); 0 for a zero matrix."""
    values = np.asarray(singular_values, dtype=float)
    total = values.sum()
    if total == 0:
        return 0.0
    shares = values / total
    shares = shares[shares != 0]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def totals(layers: pd.DataFrame) -> pd.DataFrame:
    """Sum counts over the modes and the weight layers, in the three conventions.

    Args:
        layers: as `layer_counts` returns it; the input's unfoldings are left out.

    Returns:
        One row per fed batch, convention and threshold: `fed_batch_size`, `convention`, `threshold_kind`,
        `threshold`, `count` (missing where the network has diverged), `shape_floor`, `rank_floor` and
        `values`, the number of singular values.
    """
    rows = in_conventions(layers)
    keys = ["fed_batch_size", "convention", "threshold_kind", "threshold"]
    grouped = rows.groupby(keys, sort=False)
    sums = grouped[["count", "shape_floor", "rank_floor", "values"]].sum()
    sums["count"] = sums["count"].mask(grouped["count"].count() < grouped["count"].size())
    sums = sums.reset_index().astype({"count": "Int64"})
    return sums.sort_values("fed_batch_size", kind="stable", ignore_index=True)


def in_conventions(layers: pd.DataFrame) -> pd.DataFrame:
    """The rows of `layer_counts` once for each convention that counts them; the input's are left out.

    Returns:
        The same columns, and `convention`, `count`, `shape_floor`, `rank_floor` and `values`, the number of singular
        values.
    """
    layers = layers[layers["kind"] != "input"]
    return pd.concat([_conventional(layers, convention) for convention in CONVENTIONS], ignore_index=True)


def _conventional(layers: pd.DataFrame, convention: str) -> pd.DataFrame:
    is_conv = layers["kind"] == "conv"
    if convention == "literal":  # the two unfoldings of a matrix have the same values
        layers = layers[is_conv | (layers["mode"] == "batch")]
    full = {"literal": is_conv, "thin": False, "full": True}[convention] & pd.Series(True, index=layers.index)
    size = layers["thin_size"].mask(full, layers["mode_size"])
    return layers.assign(
        convention=convention,
        count=layers["thin_count"].mask(full, layers["full_count"]),
        shape_floor=size - layers["thin_size"],
        rank_floor=size - layers["rank_bound"],
        values=size,
    )


def count_experiment(
    spectra: Iterable[tuple[Mapping[str, Any], pd.DataFrame]],
    experiment: str,
    dataset: str,
    model: str,
    thresholds: Sequence[float],
    relative_thresholds: Sequence[float],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts of all networks of one experiment.

    Args:
        spectra: for each network its `seed`, `state` (`trained` or `untrained`) and `trained_batch_size` (None
            for an untrained one), and its spectrum.
        experiment: name of the experiment.
        dataset: name of its data set.
        model: name of its network.
        thresholds: absolute thresholds.
        relative_thresholds: thresholds relative to the largest singular value of each unfolding.

    Returns:
        The totals over layers and modes, and the counts of each unfolding.
    """
    tables: list[pd.DataFrame] = []
    layers: list[pd.DataFrame] = []
    for network, spectrum in spectra:
        counted = layer_counts(spectrum, thresholds, relative_thresholds)
        for table, parts in ((totals(counted), tables), (counted, layers)):
            trained_batch_size = network["trained_batch_size"]
            table.insert(0, "experiment", experiment)
            table.insert(1, "seed", network["seed"])
            table.insert(2, "state", network["state"])
            table.insert(3, "trained_batch_size", pd.array([trained_batch_size] * len(table), dtype="Int64"))
            parts.append(table)
    table = pd.concat(tables, ignore_index=True)
    table.insert(1, "dataset", dataset)
    table.insert(2, "model", model)
    return table, pd.concat(layers, ignore_index=True)
