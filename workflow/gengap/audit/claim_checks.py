"""The rules by which measured numbers judge the paper's claims; each check is a function of one rule.

A check gives one finding for each table that it can judge. Trends are judged by Kendall's τ between batch size and
means over the seeds: a number rises if τ ≥ 0.6 and the last one is above the first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import kendalltau

from gengap.audit.evidence import Evidence, ResultTable
from gengap.random_matrices.law import load_law
from gengap.results import rank_loss_counts
from gengap.results.rank_loss_counts import CONVENTIONS

TREND = 0.6
"""Smallest τ of a trend."""
SWITCH_POINTS = 0.5
"""Largest distance in test error from the baseline after a switch, in percentage points, as within Table 11."""
LOOSE = 0.1
"""A bound says nothing about what it bounds where that is below this share of it, in the median."""


@dataclass(frozen=True)
class Finding:
    """What one table says about a claim.

    Attributes:
        table: its number.
        holds: whether the claim is seen; None where its test cannot tell.
        confounded: whether something else than what the claim names explains what is seen.
        detail: the numbers, in words.
        full_length: whether the table has the paper's runs.
    """

    table: str
    holds: bool | None
    confounded: bool
    detail: str
    full_length: bool


Check = Callable[[Evidence, Sequence[str], str], list[Finding]]


def rises(evidence: Evidence, numbers: Sequence[str], metric: str) -> list[Finding]:
    """The metric rises; for a loss, the penalty confounds it where it carries more than half of the rise."""
    findings = []
    for table in _trained(evidence, numbers):
        values = table.values(metric)
        detail = f"{_range(values, metric)} (τ = {_tau(table.batch_sizes, values):.2g})"
        holds, confounded = _rises(table.batch_sizes, values), False
        if metric.endswith("_loss") and holds:
            penalty = table.values("weight_penalty")
            share = (penalty[-1] - penalty[0]) / (values[-1] - values[0])
            confounded = share > 0.5
            detail += f", of which weight penalty {100 * share:.0f} %"
        findings.append(_finding(table, holds, detail, confounded=confounded))
    return findings


def proportional(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """The ratio of test errors at the largest and smallest batch size is at least half of that of the batch sizes."""
    findings = []
    for table in _trained(evidence, numbers):
        values, sizes = table.values("test_error_percent"), table.batch_sizes
        if values[0] > 0:
            ratio, factor = values[-1] / values[0], sizes[-1] / sizes[0]
            detail = f"error × {ratio:.2g} for batch size × {factor:.0f}"
            findings.append(_finding(table, ratio >= factor / 2, detail))
    return findings


def counts_rise(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """The own-batch count rises in some convention.

    It is confounded where it does not rise once all networks are fed one and the same batch, in none of the
    conventions in which the own-batch count rises: then the size of the fed batch explains it.
    """
    findings = []
    for table in _counted(evidence, numbers):
        chosen = rank_loss_counts.select(evidence.counts, table.experiment, evidence.threshold)
        fed = rank_loss_counts.common_fed_batch(chosen)
        rising, remaining, parts = [], [], []
        for convention in CONVENTIONS:
            own = rank_loss_counts.own_batch(chosen, convention)
            same = rank_loss_counts.same_batch(chosen, convention, fed)
            if _rises(own.batch_sizes, own.mean):
                rising.append(convention)
                if _rises(same.batch_sizes, same.mean):
                    remaining.append(convention)
            parts.append(f"{convention} {_range(own.mean)}, all fed {fed} {_range(same.mean)}")
        confounded = bool(rising) and not remaining
        findings.append(_finding(table, bool(rising), "; ".join(parts), confounded=confounded))
    return findings


def counts_follow(evidence: Evidence, numbers: Sequence[str], metric: str) -> list[Finding]:
    """The own-batch literal count and a metric rise together (τ ≥ 0.6 over batch sizes).

    It is confounded where that is gone once all networks are fed one and the same batch.
    """
    findings = []
    for table in _counted(evidence, numbers):
        chosen = rank_loss_counts.select(evidence.counts, table.experiment, evidence.threshold)
        own = rank_loss_counts.own_batch(chosen, "literal")
        same = rank_loss_counts.same_batch(chosen, "literal", rank_loss_counts.common_fed_batch(chosen))
        metrics = dict(zip(table.batch_sizes, table.values(metric), strict=True))
        taus = []
        for curve in (own, same):
            counts = dict(zip(curve.batch_sizes, curve.mean, strict=True))
            common = [size for size in metrics if not np.isnan(counts.get(size, np.nan))]
            taus.append(_tau([counts[size] for size in common], [metrics[size] for size in common]))
        detail = f"τ = {taus[0]:.2g}, all fed one batch {taus[1]:.2g}"
        findings.append(_finding(table, taus[0] >= TREND, detail, confounded=taus[1] < TREND))
    return findings


def smaller_threshold(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """The literal count grows by a larger factor, from the smallest to the largest batch, at the smaller threshold."""
    if evidence.smaller is None:
        return []
    findings = []
    for table in _counted(evidence, numbers):
        growth, parts = [], []
        for threshold in (evidence.threshold, evidence.smaller):
            chosen = rank_loss_counts.select(evidence.counts, table.experiment, threshold)
            own = rank_loss_counts.own_batch(chosen, "literal").mean
            growth.append((own[-1] + 1) / (own[0] + 1))
            parts.append(f"{_range(own)} at {threshold:.0e}")
        findings.append(_finding(table, bool(growth[1] > growth[0]), ", ".join(parts)))
    return findings


def loss_tells_more(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """The training loss orders the networks more as the test error does (by τ) than the training error.

    It is confounded where the training cross-entropy alone does not: then the penalty, not the fit, tells.
    """
    findings = []
    for table in _trained(evidence, numbers):
        test = table.values("test_error_percent")
        names = ("train_loss", "train_error_percent", "train_cross_entropy")
        loss, error, entropy = (_tau(table.values(name), test) for name in names)
        detail = f"τ with the test error: loss {loss:.2g}, training error {error:.2g}, cross-entropy {entropy:.2g}"
        findings.append(_finding(table, loss > error, detail, confounded=entropy <= error))
    return findings


def not_overfitting(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """Test cross-entropy less training cross-entropy is not larger at the largest batch size than at the smallest."""
    findings = []
    for table in _trained(evidence, numbers):
        train, test = table.values("train_cross_entropy"), table.values("test_cross_entropy")
        gap = test - train
        detail = f"training {_range(train)}, gap to the test {_range(gap)}"
        findings.append(_finding(table, bool(gap[-1] <= gap[0] and train[-1] > train[0]), detail))
    return findings


def stays_closer(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """The distance from the initial weights falls; confounded by the number of updates wherever that falls too."""
    findings = []
    for table in _trained(evidence, numbers):
        distances = evidence.distances.get(table.experiment, {})
        values = np.array([distances.get(size, np.nan) for size in table.batch_sizes])
        if not np.isnan(values).any():
            updates = table.values("updates")
            detail = f"distance {_range(values)}, updates {_range(updates)}"
            falls = _rises(table.batch_sizes, -values)
            findings.append(_finding(table, falls, detail, confounded=_rises(table.batch_sizes, -updates)))
    return findings


def switching(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """All switched networks end within half a point of test error of the baseline, or below it."""
    findings = []
    for table in (evidence.tables[number] for number in numbers if number in evidence.tables):
        switched = table.rows["batch_size"].str.contains("->")
        errors = table.rows["test_error_percent_mean"]
        if switched.any() and not switched.all():
            baseline, worst = errors[~switched].iloc[0], errors[switched].max()
            detail = f"baseline {baseline:.2f} %, switched at worst {worst:.2f} %"
            findings.append(_finding(table, bool(worst - baseline <= SWITCH_POINTS), detail))
    return findings


def gaussian_range(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """√m - √n ≤ mean σ_min and mean σ_max ≤ √m + √n for every size, within three standard errors."""
    return _matrices(evidence, numbers, slack=0.0, name="outside the range")


def general_range(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """The same for other laws, times the standard deviation of the entries and with a tenth of slack."""
    return _matrices(evidence, numbers, slack=0.1, name="outside the range by more than 10 %")


def falls_with_columns(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """Mean σ_min falls as n grows, at every number of rows m with several n."""
    findings = []
    for number in numbers:
        ordered = _extremes(evidence, number).sort_values("columns") if len(evidence.extremes) else evidence.extremes
        groups = [rows["sigma_min"].to_numpy() for _, rows in ordered.groupby("rows")] if len(ordered) else []
        groups = [values for values in groups if len(values) > 1]
        if groups:
            falling = sum(bool((np.diff(values) < 0).all()) for values in groups)
            detail = f"falls at {falling} of {len(groups)} numbers of rows"
            full = number in evidence.full_matrices
            findings.append(Finding(number, falling == len(groups), False, detail, full))
    return findings


def sigma_min(evidence: Evidence, numbers: Sequence[str], part: str) -> list[Finding]:
    """σ_min of the widest fully connected layer falls with the fed batch b, `below` (b ≤ h) or `beyond` (b ≥ h).

    The mean is over the trained networks, each fed every batch; below h the claim is for h > b.
    """
    findings = []
    for table in _trained(evidence, numbers):
        if not evidence.has(evidence.layers, table):
            continue
        here = evidence.layers[
            (evidence.layers["experiment"] == table.experiment) & (evidence.layers["state"] == "trained")
        ]
        dense = here[(here["kind"] == "linear") & (here["mode"] == "channel")]
        width = dense["mode_size"].max()
        values = dense[dense["mode_size"] == width].groupby("fed_batch_size")["sigma_min"].mean()
        values = values[values.index < width] if part == "below" else values[values.index >= width]
        if len(values) > 1:
            falls = bool((np.diff(values) < 0).all())
            detail = f"h = {width}, b = {values.index[0]} to {values.index[-1]}: {_range(values.to_numpy())}"
            findings.append(_finding(table, falls, detail))
    return findings


def bound_holds(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """Equation 5 holds for every change tried; confounded where X X⁺ = I, used by its proof, is not met throughout."""
    findings = []
    for table in _bounded(evidence, numbers):
        cases = evidence.proposition[evidence.proposition["experiment"] == table.experiment]
        met = cases["full_row_rank"]
        detail = f"{cases['holds'].sum()} of {len(cases)} changes, X X⁺ = I in {met.sum()}"
        findings.append(_finding(table, bool(cases["holds"].all()), detail, confounded=not met.all()))
    return findings


def bound_tells(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """The change of the solution is a tenth of the bound or more, in the median; a looser bound cannot tell."""
    findings = []
    for table in _bounded(evidence, numbers):
        cases = evidence.proposition[evidence.proposition["experiment"] == table.experiment]
        share = float((cases["measured"] / cases["bound"]).median())
        findings.append(_finding(table, True if share >= LOOSE else None, f"change {100 * share:.2g} % of its bound"))
    return findings


CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        rises, proportional, counts_rise, counts_follow, smaller_threshold, loss_tells_more, not_overfitting,
        stays_closer, switching, gaussian_range, general_range, falls_with_columns, sigma_min, bound_holds, bound_tells,
    )
}  # fmt: skip


def _trained(evidence: Evidence, numbers: Sequence[str]) -> list[ResultTable]:
    """Tables with two batch sizes or more."""
    tables = [evidence.tables[number] for number in numbers if number in evidence.tables]
    return [table for table in tables if len(table.rows) > 1]


def _counted(evidence: Evidence, numbers: Sequence[str]) -> list[ResultTable]:
    return [table for table in _trained(evidence, numbers) if evidence.has(evidence.counts, table)]


def _bounded(evidence: Evidence, numbers: Sequence[str]) -> list[ResultTable]:
    return [table for table in _trained(evidence, numbers) if evidence.has(evidence.proposition, table)]


def _finding(table: ResultTable, holds: bool | None, detail: str, *, confounded: bool = False) -> Finding:
    return Finding(table.number, holds, confounded and bool(holds), detail, table.full_length)


def _extremes(evidence: Evidence, number: str):
    return evidence.extremes[evidence.extremes["number"] == number]


def _matrices(evidence: Evidence, numbers: Sequence[str], slack: float, name: str) -> list[Finding]:
    findings = []
    for number in numbers:
        rows = _extremes(evidence, number) if len(evidence.extremes) else evidence.extremes
        if not len(rows):
            continue
        deviation = load_law(rows["law"].iloc[0]).STANDARD_DEVIATION
        tall, wide = np.sqrt(rows["rows"]), np.sqrt(rows["columns"])
        low = deviation * (tall - wide) * (1 - slack) - 3 * rows["sigma_min_error"]
        high = deviation * (tall + wide) * (1 + slack) + 3 * rows["sigma_max_error"]
        below, above = int((rows["sigma_min"] < low).sum()), int((rows["sigma_max"] > high).sum())
        detail = f"of {len(rows)} sizes {below} have σ_min and {above} σ_max {name}"
        findings.append(Finding(number, below == above == 0, False, detail, number in evidence.full_matrices))
    return findings


def _tau(one: Sequence[float] | np.ndarray, other: Sequence[float] | np.ndarray) -> float:
    """Kendall's τ-b; 0 where one of the two is constant or there are no two values."""
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    return float(kendalltau(one, other).statistic)


def _rises(sizes: np.ndarray, values: np.ndarray) -> bool:
    known = ~np.isnan(values)
    sizes, values = sizes[known], values[known]
    return len(values) > 1 and bool(values[-1] > values[0]) and _tau(sizes, values) >= TREND


def _range(values: np.ndarray, metric: str = "") -> str:
    unit = " %" if metric.endswith("percent") else ""
    return f"{values[0]:.4g} → {values[-1]:.4g}{unit}"
