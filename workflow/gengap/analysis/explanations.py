"""Which property of networks orders their test errors: sharpness, curvature, near-rank loss, effective rank, σ_min."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from gengap.analysis.fed_batches import shown_fed_batch
from gengap.analysis.trends import kendall

NETWORK = ["experiment", "seed", "trained_batch_size"]
FALLING = ("effective_rank", "sigma_min")
"""Properties with which the test error is said to fall; with all others it is said to rise."""


def sharpness_by_space(sharpness: pd.DataFrame) -> pd.DataFrame:
    """Sharpness of each network at each ε: the largest over the starts, and the mean over the random subspaces.

    Args:
        sharpness: rows of `gengap.minima.sharpness.measure` with what tells a `NETWORK`.

    Returns:
        `sharpness_running`, `sharpness_batch` (of the full space, by batch norm's statistics), `sharpness_rescaled` and
        `sharpness_subspace`, where there are any, by network and `epsilon`.
    """
    full = sharpness["space"] == "full"
    # A network without batch norm has one sharpness of the full space, as one in evaluation mode.
    statistics = sharpness["batch_norm_statistics"].replace("none", "running")
    measure = "sharpness_" + statistics.where(full, sharpness["space"])
    grouped = sharpness.assign(measure=measure).groupby([*NETWORK, "epsilon", "measure"])["sharpness"]
    found = grouped.agg(["max", "mean"]).reset_index()
    value = found["max"].where(found["measure"] != "sharpness_subspace", found["mean"])
    return found.assign(value=value).pivot_table(index=[*NETWORK, "epsilon"], columns="measure", values="value")


def curvature_by_space(curvature: pd.DataFrame) -> pd.DataFrame:
    """Largest eigenvalue, trace and gradient norm of each network, the first two also `_rescaled`.

    Args:
        curvature: rows of `gengap.minima.curvature.measure` with what tells a `NETWORK`.
    """
    names = {"eigenvalue_1": "largest_eigenvalue", "trace": "trace", "gradient_norm": "gradient_norm"}
    rows = curvature.rename(columns=names).set_index(NETWORK)
    full = rows.loc[rows["space"] == "full", list(names.values())]
    rescaled = rows.loc[rows["space"] == "rescaled", ["largest_eigenvalue", "trace"]]
    return full.join(rescaled.add_suffix("_rescaled"))


def near_rank(counts: pd.DataFrame, layers: pd.DataFrame, sigma_min: pd.DataFrame, threshold: float) -> pd.DataFrame:
    """Near-rank loss, effective rank and σ_min of each trained network, those of an experiment fed one batch.

    Args:
        counts: near-rank loss is the thin count at the threshold.
        layers: the effective rank is the mean over the weight layers, unfolded by images.
        sigma_min: of the widest fully connected layer.
        threshold: an absolute threshold of the counts.
    """
    fed = {name: shown_fed_batch(rows) for name, rows in counts.groupby("experiment")}
    thin = counts[(counts["convention"] == "thin") & (counts["threshold_kind"] == "absolute")]
    chosen = {
        "near_rank_loss": ("count", thin[thin["threshold"] == threshold]),
        "effective_rank": ("effective_rank", layers[(layers["mode"] == "batch") & (layers["kind"] != "input")]),
        "sigma_min": ("sigma_min", sigma_min),
    }
    columns = {}
    for name, (column, rows) in chosen.items():
        here = rows[(rows["fed_batch_size"] == rows["experiment"].map(fed)) & (rows["state"] == "trained")]
        columns[name] = here.groupby(NETWORK)[column].agg(lambda values: values.mean(skipna=False))
    return pd.DataFrame(columns)


def ordered(networks: pd.DataFrame, properties: Iterable[str]) -> pd.DataFrame:
    """How well each property orders the test errors of networks that differ in their batch size.

    Args:
        networks: properties and `test_error_percent`, by what tells a `NETWORK`.
        properties: their names, the test error among them.

    Returns:
        A row for each property that was measured: `property`, the `smallest` and the `largest` batch size, the means
        over the seeds `at_smallest` and `at_largest`, and `kendall`: τ between the means of property and test error of
        each batch size, positive where the order is the one that the explanation says.
    """
    means = networks.groupby(level="trained_batch_size").mean(numeric_only=True)
    rows = []
    for name in properties:
        values = means[name].dropna() if name in means else pd.Series()
        if len(values):
            first, last = values.index[0], values.index[-1]
            sign = -1 if name in FALLING else 1
            tau = kendall(sign * values, means.loc[values.index, "test_error_percent"]) if len(values) > 1 else np.nan
            ends = {"smallest": first, "largest": last, "at_smallest": values[first], "at_largest": values[last]}
            rows.append({"property": name, **ends, "kendall": tau})
    return pd.DataFrame(rows)
