"""The rules by which the activations of single layers, σ_min and effective rank, judge the paper's claims."""

from typing import Any

import pandas as pd

from gengap.analysis.by_batch_size import TOWARDS, by_training, falls_at, unfoldings, widest_fully_connected
from gengap.claims.evidence import Evidence, Finding, ResultTable
from gengap.claims.run_checks import CLOSED

SMALL = 0.1
"""The largest σ_min that counts as σ_min ≪ 1."""


def sigma_min_falls(evidence: Evidence, table: ResultTable, _argument: str) -> Finding | None:
    """σ_min of the widest fully connected layer falls as the fed batch b grows; the claim is for b < h, its width."""
    values, numbers = _by_fed_batch(evidence, table, below=True)
    return Finding(bool((values.diff().dropna() < 0).all()), numbers) if len(values) > 1 else None


def sigma_min_is_small(evidence: Evidence, table: ResultTable, _argument: str) -> Finding | None:
    """σ_min of the widest fully connected layer, fed a batch b ≥ h, is a tenth or less at the largest b."""
    values, numbers = _by_fed_batch(evidence, table, below=False)
    return Finding(bool(values.iloc[-1] <= SMALL), numbers) if len(values) > 1 else None


def _by_fed_batch(evidence: Evidence, table: ResultTable, *, below: bool) -> tuple[pd.Series, dict[str, Any]]:
    """Mean σ_min of the widest fully connected layer by fed batch size, smaller than its width or not, ascending.

    Sizes count that at least half of the trained networks were fed, and the mean is over the networks that were fed
    all of these.
    """
    widest = widest_fully_connected(evidence.of("layers", table))
    if not len(widest):
        return pd.Series(), {}
    width = widest["mode_size"].max()
    networks = widest[(widest["fed_batch_size"] < width) == below].pivot_table(
        index=["seed", "trained_batch_size"], columns="fed_batch_size", values="sigma_min"
    )
    values = networks.loc[:, networks.notna().mean() >= 0.5].dropna().mean()
    return values.dropna(), {"h": width, "b": values.index.to_numpy(float), "σ_min": values.to_numpy()}


def sigma_min_by_training(evidence: Evidence, table: ResultTable, _argument: str) -> Finding | None:
    """Fed one and the same batch b, networks trained with larger batches have a smaller σ_min: τ ≤ -0.6.

    It is of the widest fully connected layer and holds at more than half of the sizes b < h, its width, which section
    4.3 supposes, or of all sizes where none was fed. The sizes are those that all networks of a seed were fed.
    """
    widest = widest_fully_connected(evidence.of("layers", table))
    if not len(widest):
        return None
    means = by_training(widest, "sigma_min")
    if means.shape[1] < 2 or not len(means):
        return None
    width = int(widest["mode_size"].max())
    below = means[means.index < width]
    judged = below if len(below) else means
    numbers = {"h": width, "fed sizes": len(judged), "falls at": falls_at(judged)}
    largest = {f"σ_min at b = {judged.index[-1]}": judged.iloc[-1].to_numpy()}
    return Finding(falls_at(judged) > len(judged) / 2, numbers | largest)


def effective_rank_falls(evidence: Evidence, table: ResultTable, _argument: str) -> Finding | None:
    """Fed one and the same batch, networks trained with larger batches have a lower effective rank: τ ≤ -0.6.

    It holds in more than half of the unfoldings of all layers. It is not left where most of those that fall end between
    the smallest batch's and the untrained network's: fewer updates explain it then. They do not where it ends below the
    untrained network's, unless trainings of equal updates have no such fall. Where no untrained network was measured,
    that is not told.
    """
    found = _fed_alike(evidence, table.experiment)
    if not len(found):
        return None
    falling = found[found["falls"]]
    ends = falling["end"].value_counts()
    numbers = {"unfoldings": len(found), "falls in": len(falling)}
    if len(ends):
        numbers["of these ending above the untrained network"] = ends.get(TOWARDS, 0)
    confounded = ends.get(TOWARDS, 0) > len(falling) / 2
    alike = _fed_alike(evidence, evidence.equal.get(table.experiment, ""))
    if len(alike):
        confounded |= alike["falls"].sum() <= len(alike) / 2
        numbers["at equal updates falls in"] = alike["falls"].sum()
    return Finding(len(falling) > len(found) / 2, numbers, left=not confounded if len(ends) else None)


def _fed_alike(evidence: Evidence, experiment: str) -> pd.DataFrame:
    """`unfoldings` of an experiment's networks, all fed the largest batch that all were fed."""
    layers = evidence.layers[evidence.layers["experiment"] == experiment] if len(evidence.layers) else evidence.layers
    fed = by_training(layers[layers["state"] == "trained"], "effective_rank").index if len(layers) else []
    return unfoldings(layers[layers["fed_batch_size"] == fed[-1]]) if len(fed) else pd.DataFrame()


def rank_taken_away(evidence: Evidence, table: ResultTable, _argument: str) -> Finding | None:
    """With its widest layer's rank limited, the small batch size loses half of the gap or more in test error."""
    lines = evidence.of("remedies", table)
    lines = lines.dropna(subset=["rank_limit"]) if len(lines) else lines
    if not len(lines):
        return None
    line = lines.sort_values("rank_limit").iloc[0]
    gap = line["gap"] - line["change_large"] + line["change_small"]
    numbers = {"rank": line["rank_limit"], f"change at {line['small']}": line["change_small"], "gap": gap}
    return Finding(bool(line["change_small"] >= CLOSED * gap > 0), numbers | {"seeds": line["seeds"]})
