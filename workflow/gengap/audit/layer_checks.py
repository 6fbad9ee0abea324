"""The rules by which the activations of single layers, σ_min and effective rank, judge the paper's claims."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from gengap.audit.evidence import Evidence, ResultTable, widest_fully_connected
from gengap.audit.findings import Check, Finding, finding, first_to_last, has_risen, trained_tables

SMALL = 0.1
"""The largest σ_min that counts as σ_min ≪ 1."""


def sigma_min_falls(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """σ_min of the widest fully connected layer falls as the fed batch b grows; the claim is for b < h, its width."""
    return [
        finding(table, bool((np.diff(values) < 0).all()), detail)
        for table, values, detail in _by_fed_batch(evidence, numbers, lambda fed, width: fed < width)
    ]


def sigma_min_is_small(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """σ_min of the widest fully connected layer, fed a batch b ≥ h, is a tenth or less at the largest b."""
    return [
        finding(table, bool(values[-1] <= SMALL), detail)
        for table, values, detail in _by_fed_batch(evidence, numbers, lambda fed, width: fed >= width)
    ]


def sigma_min_by_training(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """Fed one and the same batch b, networks trained with larger batches have a smaller σ_min: τ ≤ -0.6.

    It is of the widest fully connected layer and holds at more than half of the sizes b < h, its width, which section
    4.3 supposes, or of all sizes where none was fed. The sizes are those that all networks of a seed were fed.
    """
    findings = []
    for table in trained_tables(evidence, numbers):
        if not evidence.has(evidence.layers, table):
            continue
        widest = widest_fully_connected(evidence.layers, table.experiment)
        means = by_training(widest, "sigma_min")
        width = int(widest["mode_size"].max())
        sides = [(f"b < h = {width}", means[means.index < width]), (f"b ≥ h = {width}", means[means.index >= width])]
        sides = [(name, rows) for name, rows in sides if rows.size]
        if len(means.columns) > 1 and sides:
            falls = _falls(sides[0][1])
            detail = f"trained at {means.columns[0]} to {means.columns[-1]}, fed "
            detail += ", ".join(f"{name}: {_in_words(rows)}" for name, rows in sides)
            findings.append(finding(table, falls > len(sides[0][1]) / 2, detail))
    return findings


def effective_rank_falls(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """Fed one and the same batch, networks trained with larger batches have a lower effective rank: τ ≤ -0.6.

    It holds in more than half of the unfoldings of all layers. It is confounded where most of those that fall come
    nearer to the untrained network's: fewer updates explain it then.
    """
    findings = []
    for table in trained_tables(evidence, numbers):
        if not evidence.has(evidence.layers, table):
            continue
        layers = evidence.layers[evidence.layers["experiment"] == table.experiment]
        fed = by_training(layers[layers["state"] == "trained"], "effective_rank").index
        found = unfoldings(layers[layers["fed_batch_size"] == fed[-1]]) if len(fed) else pd.DataFrame()
        if not len(found):
            continue
        falling = found[found["falls"]]
        nearer = int(falling["nearer"].sum())
        kinds = ", ".join(
            f"{_KINDS[kind]} {rows['falls'].sum()} of {len(rows)}" for kind, rows in found.groupby("kind")
        )
        detail = f"all fed {fed[-1]}, falls in {len(falling)} of {len(found)} unfoldings ({kinds})"
        if len(falling):
            detail += f", in {nearer} of these towards the untrained network's"
        holds, confounded = len(falling) > len(found) / 2, nearer > len(falling) / 2
        findings.append(finding(table, holds, detail, confounded=confounded))
    return findings


_KINDS = {"conv": "convolutions", "linear": "fully connected"}


def unfoldings(layers: pd.DataFrame) -> pd.DataFrame:
    """What the training batch size does to the effective rank of each unfolding, all networks fed one batch.

    Returns:
        `kind` of the layer, whether it `falls`, and whether it comes `nearer` to that of the untrained networks.
    """
    # Both unfoldings of a fully connected layer's matrix have the same singular values.
    layers = layers[(layers["kind"] == "conv") | ((layers["kind"] == "linear") & (layers["mode"] == "channel"))]
    found = []
    for (kind, _, _), rows in layers.groupby(["kind", "layer_index", "mode"]):
        ranks = by_training(rows[rows["state"] == "trained"], "effective_rank")
        if ranks.shape[1] > 1:
            untrained = rows.loc[rows["state"] == "untrained", "effective_rank"].mean()
            first, last = (abs(ranks.iloc[0, end] - untrained) for end in (0, -1))
            found.append({"kind": kind, "falls": _falls(ranks) > 0, "nearer": bool(last < first)})
    return pd.DataFrame(found)


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


def _falls(means: pd.DataFrame) -> int:
    """At how many fed sizes the values fall with the training batch size."""
    sizes = means.columns.to_numpy(float)
    return sum(has_risen(sizes, -line) for line in means.to_numpy(float))


def _in_words(means: pd.DataFrame) -> str:
    """The values at the largest fed size where they are not all zero, and at how many sizes they fall."""
    known = means[(means > 0).any(axis="columns")]
    if not len(known):
        return "0 throughout"
    values = known.iloc[-1]
    text = f"at b = {known.index[-1]} {first_to_last(values.to_numpy(float))}"
    peak = values.idxmax()
    if peak not in (values.index[0], values.index[-1]):
        text += f", at most {values[peak]:.4g} at {peak}"
    return f"{text} (falls at {_falls(means)} of {len(means)} fed sizes)"


def _by_fed_batch(
    evidence: Evidence, numbers: Sequence[str], chosen: Callable[[pd.Series, int], pd.Series]
) -> Iterator[tuple[ResultTable, np.ndarray, str]]:
    """Tables with mean σ_min of the widest fully connected layer by fed batch size, ascending, and these in words.

    Sizes count that at least half of the trained networks were fed, and the mean is over the networks that were fed
    all of these.
    """
    for table in trained_tables(evidence, numbers):
        if not evidence.has(evidence.layers, table):
            continue
        widest = widest_fully_connected(evidence.layers, table.experiment)
        width = widest["mode_size"].max()
        networks = widest[chosen(widest["fed_batch_size"], width)].pivot_table(
            index=["seed", "trained_batch_size"], columns="fed_batch_size", values="sigma_min"
        )
        values = networks.loc[:, networks.notna().mean() >= 0.5].dropna().mean()
        if len(values) > 1 and values.notna().all():
            found = values.to_numpy()
            yield table, found, f"h = {width}, b = {values.index[0]} to {values.index[-1]}: {first_to_last(found)}"


LAYER_CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (sigma_min_falls, sigma_min_is_small, sigma_min_by_training, effective_rank_falls)
}
