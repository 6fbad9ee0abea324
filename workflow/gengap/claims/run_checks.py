"""The rules by which trained networks and their counts judge the paper's claims; each function is one rule."""

from collections.abc import Sequence

import numpy as np

from gengap.analysis import count_curves
from gengap.analysis.count_curves import CONVENTIONS
from gengap.analysis.trends import TREND, has_risen, kendall
from gengap.claims.evidence import Evidence, ResultTable
from gengap.claims.findings import (
    CLOSED,
    Check,
    Finding,
    at_equal_updates,
    counted_tables,
    finding,
    first_to_last,
    seeds_scatter,
    trained_tables,
)
from gengap.render.numbers import fixed, plain_power

SWITCH_POINTS = 0.5
"""Largest distance in test error from the baseline after a switch, in percentage points, as within Table 11."""

_NOT_FED_ALIKE = "no two networks fed one batch"


def rises(evidence: Evidence, numbers: Sequence[str], metric: str) -> list[Finding]:
    """The metric rises.

    It is confounded where something else carries more than half of the rise: for a loss, the penalty; for any metric,
    the number of updates, as trainings of equal updates tell.
    """
    findings = []
    for table in trained_tables(evidence, numbers):
        values = table.values(metric)
        tau = kendall(table.batch_sizes, values)
        detail = f"{first_to_last(values, metric)} (τ = {fixed(tau, 2)})"
        holds, confounded = has_risen(table.batch_sizes, values), False
        controlled = metric.endswith("_loss")
        if metric.endswith("_loss") and holds:
            penalty = table.values("weight_penalty")
            share = (penalty[-1] - penalty[0]) / (values[-1] - values[0])
            confounded = share > 0.5
            detail += f", of which weight penalty {fixed(100 * share, 0)} %"
        if (equal := at_equal_updates(evidence, table, metric)) is not None and holds:
            confounded |= equal.undone > CLOSED
            controlled = True
            detail += f", {equal.detail}"
        findings.append(finding(table, holds, detail, confounded=confounded, controlled=controlled))
    return findings


def proportional(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """The ratio of test errors at the largest and smallest batch size is at least half of that of the batch sizes."""
    findings = []
    for table in trained_tables(evidence, numbers):
        values, sizes = table.values("test_error_percent"), table.batch_sizes
        if values[0] > 0:
            ratio, factor = values[-1] / values[0], sizes[-1] / sizes[0]
            detail = f"error × {ratio:.2g} for batch size × {factor:.0f}"
            findings.append(finding(table, ratio >= factor / 2, detail))
    return findings


def counts_rise(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """The own-batch count rises in some convention.

    It is confounded where, once all networks are fed one and the same batch, it rises at no more than half of the sizes
    that all were fed, in every convention in which the own-batch count rises: then the size of the fed batch explains
    it. Where no networks were fed one and the same batch, a rise cannot tell.
    """
    findings = []
    for table in counted_tables(evidence, numbers):
        chosen = count_curves.select(evidence.counts, table.experiment, evidence.threshold)
        common = count_curves.common_fed_batches(chosen)
        rising, remaining, parts = [], [], []
        for convention in CONVENTIONS:
            own = count_curves.own_batch(chosen, convention)
            same = [count_curves.same_batch(chosen, convention, fed) for fed in common]
            rises_at = sum(has_risen(curve.batch_sizes, curve.mean) for curve in same)
            if has_risen(own.batch_sizes, own.mean):
                rising.append(convention)
                if rises_at > len(common) / 2:
                    remaining.append(convention)
            part = f"{convention} {first_to_last(own.mean)}"
            if common:
                part += f", all fed {common[-1]} {first_to_last(same[-1].mean)}"
                part += f" (rises at {rises_at} of {len(common)} fed sizes)"
            parts.append(part)
        if not common:
            parts.append(_NOT_FED_ALIKE)
        holds = None if rising and not common else bool(rising)
        findings.append(finding(table, holds, "; ".join(parts), confounded=not remaining, controlled=bool(common)))
    return findings


def counts_follow(evidence: Evidence, numbers: Sequence[str], metric: str) -> list[Finding]:
    """The own-batch literal count and a metric rise together (τ ≥ 0.6 over batch sizes).

    It is confounded where that is gone once all networks are fed one and the same batch. Where they were not, it cannot
    tell.
    """
    findings = []
    for table in counted_tables(evidence, numbers):
        chosen = count_curves.select(evidence.counts, table.experiment, evidence.threshold)
        own = count_curves.own_batch(chosen, "literal")
        fed = count_curves.common_fed_batch(chosen)
        same = count_curves.same_batch(chosen, "literal", fed)
        metrics = dict(zip(table.batch_sizes, table.values(metric), strict=True))
        taus = []
        for curve in (own, same):
            counts = dict(zip(curve.batch_sizes, curve.mean, strict=True))
            common = [size for size in metrics if not np.isnan(counts.get(size, np.nan))]
            taus.append(kendall([counts[size] for size in common], [metrics[size] for size in common]))
        detail = f"τ = {fixed(taus[0], 2)}, {f'all fed one batch {fixed(taus[1], 2)}' if fed else _NOT_FED_ALIKE}"
        holds = None if taus[0] >= TREND and fed is None else taus[0] >= TREND
        findings.append(finding(table, holds, detail, confounded=taus[1] < TREND, controlled=fed is not None))
    return findings


def smaller_threshold(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """The literal count grows by a larger factor, from the smallest to the largest batch, at the smaller threshold.

    It is seen in part where it grows by the same: what is counted then lies below both.
    """
    if evidence.smaller is None:
        return []
    findings = []
    for table in counted_tables(evidence, numbers):
        growth, parts = [], []
        for threshold in (evidence.threshold, evidence.smaller):
            chosen = count_curves.select(evidence.counts, table.experiment, threshold)
            own = count_curves.own_batch(chosen, "literal").mean
            own = own[~np.isnan(own)]
            growth.append((own[-1] + 1) / (own[0] + 1))
            parts.append(f"{first_to_last(own)} at {plain_power(threshold)}")
        as_much = bool(growth[1] == growth[0] > 1)
        holds = bool(growth[1] > growth[0]) or as_much
        findings.append(finding(table, holds, ", ".join(parts), partly=as_much))
    return findings


def loss_tells_more(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """The training loss orders the networks more as the test error does (by τ) than the training error.

    It is confounded where the training cross-entropy alone does not: then the penalty, not the fit, tells.
    """
    findings = []
    for table in trained_tables(evidence, numbers):
        test = table.values("test_error_percent")
        names = ("train_loss", "train_error_percent", "train_cross_entropy")
        loss, error, entropy = taus = [kendall(table.values(name), test) for name in names]
        shown = zip(("loss", "training error", "cross-entropy"), taus, strict=True)
        detail = f"τ with the test error: {', '.join(f'{name} {fixed(tau, 2)}' for name, tau in shown)}"
        findings.append(finding(table, loss > error, detail, confounded=entropy <= error, controlled=True))
    return findings


def not_overfitting(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """From the smallest batch size to the largest the training cross-entropy rises, and its gap to the test does not.

    It is seen in part where the gap is larger at a batch size between.
    """
    findings = []
    for table in trained_tables(evidence, numbers):
        train, test = table.values("train_cross_entropy"), table.values("test_cross_entropy")
        gap = test - train
        widest = int(gap.argmax())
        detail = f"training {first_to_last(train)}, gap to the test {first_to_last(gap)}"
        if gap[widest] > max(gap[0], gap[-1]):
            error = table.values("train_error_percent")[widest]
            detail += f", at most {gap[widest]:.4g} at {table.batch_sizes[widest]} (training error {error:.2f} %)"
        holds = bool(gap[-1] <= gap[0] and train[-1] > train[0])
        findings.append(finding(table, holds, detail, partly=bool(gap[widest] > gap[0])))
    return findings


def stays_closer(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """The distance from the initial weights falls.

    It is confounded by the number of updates wherever that falls too, unless trainings of equal updates keep at least
    half of the fall.
    """
    findings = []
    for table in trained_tables(evidence, numbers):
        values, updates = table.values("weight_distance"), table.values("updates")
        detail = f"distance {first_to_last(values)}, updates {first_to_last(updates)}"
        confounded = has_risen(table.batch_sizes, -updates)
        if (equal := at_equal_updates(evidence, table, "weight_distance")) is not None:
            confounded = equal.undone > CLOSED
            detail += f", {equal.detail}"
        falls = has_risen(table.batch_sizes, -values)
        findings.append(finding(table, falls, detail, confounded=confounded, controlled=True))
    return findings


def switching(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """All switched networks end, not diverged, within half a point of test error of the baseline, or below it.

    It is seen in part where those of other settings that were tried do not: the paper does not say when it switches.
    """
    findings = []
    for table in (evidence.tables[number] for number in numbers if number in evidence.tables):
        switched = table.rows["batch_size"].str.contains("->")
        errors = table.rows["test_error_percent_mean"]
        if switched.any() and not switched.all():
            baseline, worst = errors[~switched].iloc[0], errors[switched].max()
            detail = f"baseline {baseline:.2f} %, switched at worst {worst:.2f} %"
            parts, far = _switched_otherwise(evidence, table, baseline)
            detail += "".join(f", {part}" for part in parts)
            near = bool(round(worst - baseline, 9) <= SWITCH_POINTS)
            findings.append(finding(table, near and not table.diverged, detail, partly=far))
    return findings


def _switched_otherwise(evidence: Evidence, table: ResultTable, baseline: float) -> tuple[list[str], bool]:
    """Other settings of Table 11, in words, and whether one of them ends farther than that from the baseline."""
    tried = evidence.tried
    if len(tried):
        tried = tried[(tried["number"] == table.number) & (tried["experiment"] != table.experiment)]
    parts, far = [], False
    for setting, rows in tried.groupby("setting", sort=False) if len(tried) else ():
        worst = rows.loc[rows["test_error_percent_mean"].idxmax()]
        error, size = worst["test_error_percent_mean"], worst["batch_size"].split("->")[0]
        parts.append(f"with {setting} {error:.2f} % from {size}")
        far |= bool(round(error - baseline, 9) > SWITCH_POINTS)
    return parts, far


def more_updates(evidence: Evidence, numbers: Sequence[str], limit: str) -> list[Finding]:
    """As many updates as a smaller batch makes close less than half of the gap in test error, where that is largest.

    The claim is of batch sizes beyond a limit, so smaller ones cannot tell.
    """
    findings = []
    for table in trained_tables(evidence, numbers):
        if evidence.has(evidence.equal_updates, table):
            pairs = evidence.equal_updates[evidence.equal_updates["experiment"] == table.experiment]
            pairs = pairs.dropna(subset=["gap_closed"])
            if len(pairs):
                gaps = pairs["test_error_percent_normal"] - pairs["test_error_percent_reference"]
                widest = pairs.loc[gaps.idxmax()]
                errors = [widest[f"test_error_percent_{name}"] for name in ("reference", "normal", "equal")]
                detail = "test error {:.2f} % at {}, {:.2f} % at {}, with equal updates {:.2f} %".format(
                    errors[0], widest["reference"], errors[1], widest["batch_size"], errors[2]
                )
                if widest["seeds"] == 1:
                    detail += " of one seed"
                beyond = int(widest["batch_size"]) > int(limit)
                holds = bool(widest["gap_closed"] < 100 * CLOSED) if beyond else None
                findings.append(finding(table, holds, detail if beyond else f"{detail}, not beyond {limit}"))
    return findings


def wider(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """As the width grows, the gap in test error falls, and so does the literal count at the largest batch size.

    It is confounded where what these counts have beyond what shapes and ranks force does not fall, too, and seen in
    part where σ_min, by which section 6.1.4 explains it, does not grow. A difference of the gaps that seeds alone would
    make cannot tell.
    """
    findings = []
    for table in trained_tables(evidence, numbers):
        if evidence.has(evidence.widths, table):
            group = evidence.widths[evidence.widths["experiment"] == table.experiment]
            gap, counts = group["gap"].to_numpy(float), group["literal"].to_numpy(float)
            if len(group) > 1 and not np.isnan(counts).any():
                width, forced = group["width"].to_numpy(float), group["literal_floor"].to_numpy(float)
                falls = has_risen(width, -gap) and has_risen(width, -counts)
                parts = [f"width {width[0]:g} → {width[-1]:g}: gap {first_to_last(gap)} points"]
                parts += [f"literal count {first_to_last(counts)}, of which shapes force {first_to_last(forced)}"]
                sigma_min, partly = group["sigma_min"].to_numpy(float), False
                if not np.isnan(sigma_min).any():
                    parts += [f"σ_min of h × b activations {first_to_last(sigma_min)}"]
                    partly = not has_risen(width, sigma_min)
                ends = [int(group["seeds"].iloc[0]), int(group["seeds"].iloc[-1])]
                parts += [f"of {ends[0]} and {ends[1]} seeds"]
                scatter = seeds_scatter(table, "test_error_percent", sum(2 / seeds for seeds in ends))
                told = abs(gap[-1] - gap[0]) > scatter
                if not told:
                    parts += ["a difference within what seeds scatter"]
                confounded = not has_risen(width, forced - counts)
                holds = falls if told else None
                detail = ", ".join(parts)
                findings.append(finding(table, holds, detail, confounded=confounded, partly=partly, controlled=True))
    return findings


RUN_CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        rises, proportional, counts_rise, counts_follow, smaller_threshold, loss_tells_more, not_overfitting,
        stays_closer, switching, more_updates, wider,
    )
}  # fmt: skip
