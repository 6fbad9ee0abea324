"""The rules by which the activations of single layers, σ_min and effective rank, judge the paper's claims."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from gengap.analysis.by_batch_size import TOWARDS, below_width, by_training, falls_at, peak, unfoldings
from gengap.claims.evidence import Evidence, ResultTable, widest_fully_connected
from gengap.claims.findings import CLOSED, Check, Finding, finding, first_to_last, trained_tables

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
        if means.shape[1] < 2 or not len(means):
            continue
        width = int(widest["mode_size"].max())
        sides = [(f"b < h = {width}", means[means.index < width]), (f"b ≥ h = {width}", means[means.index >= width])]
        detail = f"trained at {means.columns[0]} to {means.columns[-1]}, fed "
        detail += ", ".join(f"{name}: {_in_words(rows)}" for name, rows in sides if len(rows))
        judged = below_width(means, width)
        findings.append(finding(table, falls_at(judged) > len(judged) / 2, detail))
    return findings


def effective_rank_falls(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """Fed one and the same batch, networks trained with larger batches have a lower effective rank: τ ≤ -0.6.

    It holds in more than half of the unfoldings of all layers. It is confounded where most of those that fall end
    between the smallest batch's and the untrained network's: fewer updates explain it then. They do not where it ends
    below the untrained network's, unless trainings of equal updates have no such fall. Where no untrained network was
    measured, that is not told.
    """
    findings = []
    for table in trained_tables(evidence, numbers):
        if not evidence.has(evidence.layers, table):
            continue
        found, fed = _fed_alike(evidence, table.experiment)
        if not len(found):
            continue
        falling = found[found["falls"]]
        ends = falling["end"].value_counts()
        kinds = ", ".join(
            f"{_KINDS[kind]} {rows['falls'].sum()} of {len(rows)}" for kind, rows in found.groupby("kind")
        )
        detail = f"all fed {fed}, falls in {len(falling)} of {len(found)} unfoldings ({kinds})"
        if len(ends):
            above = ends.get(TOWARDS, 0)
            detail += f"; {above} of these end above the untrained network's, {ends.sum() - above} below it"
        holds, confounded = len(falling) > len(found) / 2, ends.get(TOWARDS, 0) > len(falling) / 2
        alike, _ = _fed_alike(evidence, evidence.equal.get(table.experiment, ""))
        if len(alike):
            confounded |= alike["falls"].sum() <= len(alike) / 2
            detail += f"; with equal updates it falls in {alike['falls'].sum()} of {len(alike)}"
        findings.append(finding(table, holds, detail, confounded=bool(confounded), controlled=bool(len(ends))))
    return findings


def rank_taken_away(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """With its widest layer's rank limited, the small batch size loses half of the gap or more in test error."""
    findings = []
    for table in trained_tables(evidence, numbers):
        if evidence.has(evidence.rank_limits, table):
            lines = evidence.rank_limits[evidence.rank_limits["experiment"] == table.experiment]
            line = lines.sort_values("rank_limit").iloc[0]
            without = line["error_small"] - line["change_small"]
            gap = line["gap"] - line["change_large"] + line["change_small"]
            detail = f"at {line['small']} {without:.2f} %, of rank {line['rank_limit']:.0f} {line['error_small']:.2f} %"
            detail += f", gap to {line['large']} {gap:.2f} points" + (" (one seed)" if line["seeds"] == 1 else "")
            findings.append(finding(table, bool(line["change_small"] >= CLOSED * gap > 0), detail))
    return findings


def _fed_alike(evidence: Evidence, experiment: str) -> tuple[pd.DataFrame, int | None]:
    """`unfoldings` of an experiment's networks, all fed the largest batch that all were fed, and its size."""
    layers = evidence.layers[evidence.layers["experiment"] == experiment]
    fed = by_training(layers[layers["state"] == "trained"], "effective_rank").index
    return (unfoldings(layers[layers["fed_batch_size"] == fed[-1]]), fed[-1]) if len(fed) else (pd.DataFrame(), None)


_KINDS = {"conv": "convolutions", "linear": "fully connected"}


def _in_words(means: pd.DataFrame) -> str:
    """The values at the largest fed size where they are not all zero, and at how many sizes they fall."""
    known = means[(means > 0).any(axis="columns")]
    if not len(known):
        return "0 throughout"
    values = known.iloc[-1]
    text = f"at b = {known.index[-1]} {first_to_last(values.to_numpy(float))}"
    if (size := peak(values)) is not None:
        text += f", at most {values[size]:.4g} at {size}"
    return f"{text} (falls at {falls_at(means)} of {len(means)} fed sizes)"


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
    for check in (sigma_min_falls, sigma_min_is_small, sigma_min_by_training, effective_rank_falls, rank_taken_away)
}
