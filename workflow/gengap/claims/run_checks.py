"""The rules by which trained networks and their counts judge the paper's claims; each function is one rule.

A rule takes the evidence, a table of two batch sizes or more and the claim's argument, and gives a finding or nothing.
"""

from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis import count_curves
from gengap.analysis.count_curves import CONVENTIONS
from gengap.analysis.fed_batches import common_fed_batch, common_fed_batches
from gengap.analysis.trends import TREND, has_risen, kendall, student_factor
from gengap.analysis.update_pairs import by_batch_size, pairs_of
from gengap.claims.evidence import Evidence, Finding, ResultTable

CLOSED = 0.5
"""Part of a gap that must be undone for the gap to count as closed."""

SWITCH_POINTS = 0.5
"""Largest distance in test error from the baseline after a switch, in percentage points, as within Table 11."""


def rises(evidence: Evidence, table: ResultTable, metric: str) -> Finding:
    """The metric rises.

    It is not left where something else carries more than half of the rise: for a loss, the penalty; for any metric,
    the number of updates, as trainings of equal updates tell, unless the scatter of seeds leaves that open.
    """
    values, left = table.values(metric), None
    numbers: dict[str, Any] = {metric.removesuffix("_percent").replace("_", " "): values}
    holds = has_risen(table.batch_sizes, values)
    if metric.endswith("_loss") and holds:
        penalty = table.values("weight_penalty")
        share = (penalty[-1] - penalty[0]) / (values[-1] - values[0])
        numbers["share of the weight penalty"], left = share, share <= 0.5
    if (equal := at_equal_updates(evidence, table, metric)) is not None:
        undone, more = equal
        numbers |= more
        if undone is not None:
            left = left is not False and undone <= CLOSED
    return Finding(holds, numbers, left)


def stays_closer(evidence: Evidence, table: ResultTable, _argument: str) -> Finding:
    """The distance from the initial weights falls.

    It is not left wherever the number of updates falls too, unless trainings of equal updates keep at least half of the
    fall.
    """
    values, updates = table.values("weight_distance"), table.values("updates")
    numbers, left = {"distance": values, "updates": updates}, not has_risen(table.batch_sizes, -updates)
    if (equal := at_equal_updates(evidence, table, "weight_distance")) is not None:
        undone, more = equal
        numbers, left = numbers | more, undone is not None and undone <= CLOSED
    return Finding(has_risen(table.batch_sizes, -values), numbers, left)


def at_equal_updates(evidence: Evidence, table: ResultTable, metric: str) -> tuple[float | None, dict[str, Any]] | None:
    """What is left of a metric's rise or fall where the largest batch makes as many updates as the reference.

    Smaller batches than the reference are left out: with equal updates they see the data less often. Of several
    references that with the most batch sizes above it is taken.

    Returns:
        The part of the change that is undone, `None` where the scatter of seeds in test error leaves open whether it is
        half of it, and the numbers; `None` where the metric neither rises nor falls from the reference to the largest
        batch size.
    """
    found = []
    for pair in pairs_of(evidence.of("equal_updates", table)):
        values = by_batch_size(pair, metric).dropna(subset=["epochs", "updates"])
        found.append((values[values["batch_size"] >= pair["reference"].iloc[0]], int(pair["seeds"].min())))
    values, seeds = max(found, key=lambda entry: len(entry[0]), default=(pd.DataFrame(), 0))
    if not len(values):
        return None
    sizes, normal, equal = (values[name].to_numpy(float) for name in ("batch_size", "epochs", "updates"))
    if not (has_risen(sizes, normal) or has_risen(sizes, -normal)):
        return None
    numbers: dict[str, Any] = {f"from {sizes[0]:.0f} to {sizes[-1]:.0f}": normal, "at equal updates": equal}
    rise = normal[-1] - normal[0]
    undone = float((normal[-1] - equal[-1]) / rise)
    # Of other metrics the scatter is not nearly the same at all batch sizes.
    scatter = seeds_scatter(table, 2 / seeds) if metric == "test_error_percent" else 0.0
    if abs(undone - CLOSED) < scatter / abs(rise):
        return None, numbers | {"seeds make": scatter}
    return undone, numbers


def seeds_scatter(table: ResultTable, parts: float) -> float:
    """What 95 % of the differences in test error that seeds alone make keep to; 0 where no row has two seeds.

    Args:
        table: its rows of two seeds or more tell the variance of one training, pooled.
        parts: variance of the difference in units of that: 2/n for that of two means of n seeds.
    """
    rows = table.rows[table.rows["test_error_percent_std"].notna()]
    freedom = (rows["seeds"] - rows["diverged"] - 1).to_numpy(float)
    if not freedom.sum() > 0:
        return 0.0
    variance = float(freedom @ rows["test_error_percent_std"].to_numpy(float) ** 2 / freedom.sum())
    return student_factor(freedom.sum()) * float(np.sqrt(parts * variance))


def proportional(_evidence: Evidence, table: ResultTable, _argument: str) -> Finding | None:
    """The ratio of test errors at the largest and smallest batch size is at least half of that of the batch sizes."""
    values, sizes = table.values("test_error_percent"), table.batch_sizes
    if not values[0] > 0:
        return None
    ratio, factor = values[-1] / values[0], sizes[-1] / sizes[0]
    return Finding(ratio >= factor / 2, {"error ×": ratio, "batch size ×": factor})


def loss_tells_more(_evidence: Evidence, table: ResultTable, _argument: str) -> Finding:
    """The training loss orders the networks more as the test error does (by τ) than the training error.

    It is not left where the training cross-entropy alone does not: then the penalty, not the fit, tells.
    """
    test = table.values("test_error_percent")
    names = ("train_loss", "train_error_percent", "train_cross_entropy")
    loss, error, entropy = (kendall(table.values(name), test) for name in names)
    numbers = {"τ with the test error: loss": loss, "training error": error, "cross-entropy": entropy}
    return Finding(loss > error, numbers, left=entropy > error)


def not_overfitting(_evidence: Evidence, table: ResultTable, _argument: str) -> Finding:
    """From the smallest batch size to the largest the training cross-entropy rises, and its gap to the test does not.

    It is seen in part where the gap is larger at a batch size between.
    """
    train = table.values("train_cross_entropy")
    gap = table.values("test_cross_entropy") - train
    numbers = {"training": train, "gap to the test": gap, "its largest": gap.max()}
    return Finding(bool(gap[-1] <= gap[0] and train[-1] > train[0]), numbers, partly=bool(gap.max() > gap[0]))


def switching(evidence: Evidence, table: ResultTable, _argument: str) -> Finding | None:
    """All switched networks end, not diverged, within half a point of test error of the baseline, or below it.

    It is seen in part where those of other settings that were tried do not: the paper does not say when it switches.
    """
    switched = table.rows["batch_size"].str.contains("->")
    if not switched.any() or switched.all():
        return None
    errors = table.rows["test_error_percent_mean"]
    baseline = errors[~switched].iloc[0]
    numbers = {"baseline": baseline, "switched, at worst": errors[switched].max()}
    if len(evidence.tried):
        tried = evidence.tried[evidence.tried["experiment"] != table.experiment]
        numbers |= tried.groupby("setting", sort=False)["test_error_percent_mean"].max()
    near, *others = (round(worst - baseline, 9) <= SWITCH_POINTS for worst in list(numbers.values())[1:])
    return Finding(bool(near and not table.diverged), numbers, partly=not all(others))


def more_updates(evidence: Evidence, table: ResultTable, limit: str) -> Finding | None:
    """As many updates as a smaller batch makes close less than half of the gap in test error, where that is largest.

    The claim is of batch sizes beyond a limit, so smaller ones cannot tell.
    """
    pairs = evidence.of("equal_updates", table)
    pairs = pairs.dropna(subset=["gap_closed"]) if len(pairs) else pairs
    if not len(pairs):
        return None
    gaps = pairs["test_error_percent_normal"] - pairs["test_error_percent_reference"]
    widest = pairs.loc[gaps.idxmax()]
    names = (f"at batch size {widest['reference']}", f"at {widest['batch_size']}", "at equal updates")
    errors = [widest[f"test_error_percent_{name}"] for name in ("reference", "normal", "equal")]
    beyond = int(widest["batch_size"]) > int(limit)
    holds = bool(widest["gap_closed"] < 100 * CLOSED) if beyond else None
    return Finding(holds, dict(zip(names, errors, strict=True)) | {"limit": limit})


def few_updates(evidence: Evidence, table: ResultTable, _argument: str) -> Finding | None:
    """As many updates as a smaller batch size makes undo half or more of the rise of the test error.

    Where the scatter of seeds leaves that open, it cannot be told; where it does not rise, there is no gap.
    """
    equal = at_equal_updates(evidence, table, "test_error_percent")
    if equal is None:
        return None
    undone, numbers = equal
    first, *_, last = next(iter(numbers.values()))
    if last <= first:
        return None
    return Finding(None if undone is None else undone >= CLOSED, numbers)


def distance_ratio(_evidence: Evidence, table: ResultTable, limits: str) -> Finding:
    """The distance from the initial weights at the smallest batch size over that at the largest is within limits."""
    low, high = map(float, limits.split())
    values = table.values("weight_distance")
    ratio = values[0] / values[-1]
    return Finding(bool(low <= ratio <= high), {"distance": values, "ratio": ratio})


def wider(evidence: Evidence, table: ResultTable, _argument: str) -> Finding | None:
    """As the width grows, the gap in test error falls, and so does the literal count at the largest batch size.

    It is not left where what these counts have beyond what shapes and ranks force does not fall, too, and seen in part
    where σ_min, by which section 6.1.4 explains it, does not grow. A difference of the gaps that seeds alone would make
    cannot tell.
    """
    group = evidence.of("widths", table)
    if len(group) < 2 or group["literal"].isna().any():
        return None
    names = ("width", "gap", "literal", "literal_floor", "sigma_min")
    width, gap, counts, forced, sigma_min = (group[name].to_numpy(float) for name in names)
    numbers = {"width": width, "gap": gap, "literal count": counts, "forced": forced, "σ_min": sigma_min}
    scatter = seeds_scatter(table, sum(2 / int(group["seeds"].iloc[place]) for place in (0, -1)))
    told = abs(gap[-1] - gap[0]) > scatter
    return Finding(
        has_risen(width, -gap) and has_risen(width, -counts) if told else None,
        numbers if told else numbers | {"seeds make": scatter},
        left=has_risen(width, forced - counts),
        partly=not np.isnan(sigma_min).any() and not has_risen(width, sigma_min),
    )


def counts_rise(evidence: Evidence, table: ResultTable, _argument: str) -> Finding | None:
    """The own-batch count rises in some convention.

    It is not left where, once all networks are fed one and the same batch, it rises at no more than half of the sizes
    that all were fed, in every convention in which the own-batch count rises: then the size of the fed batch explains
    it. Where no networks were fed one and the same batch, a rise cannot tell.
    """
    chosen = _counts(evidence, table, max(evidence.thresholds))
    if chosen is None:
        return None
    common = common_fed_batches(chosen)
    rising, remaining, alike = False, False, []
    numbers: dict[str, Any] = {}
    for convention in CONVENTIONS:
        own = count_curves.own_batch(chosen, convention)
        same = [count_curves.same_batch(chosen, convention, fed) for fed in common]
        rises_at = sum(has_risen(curve.index, curve["mean"]) for curve in same)
        if has_risen(own.index, own["mean"]):
            rising, remaining = True, remaining or rises_at > len(common) / 2
        numbers[convention] = own["mean"]
        alike.append(str(rises_at))
    numbers["fed alike rises at"] = f"{', '.join(alike)} of {len(common)} sizes"
    return Finding(None if rising and not common else rising, numbers, left=remaining if common else None)


def counts_follow(evidence: Evidence, table: ResultTable, metric: str) -> Finding | None:
    """The own-batch literal count and a metric rise together (τ ≥ 0.6 over batch sizes).

    It is not left where that is gone once all networks are fed one and the same batch. Where they were not, it cannot
    tell.
    """
    chosen = _counts(evidence, table, max(evidence.thresholds))
    if chosen is None:
        return None
    fed = common_fed_batch(chosen)
    metrics, taus = pd.Series(table.values(metric), table.batch_sizes), []
    for curve in (count_curves.own_batch(chosen, "literal"), count_curves.same_batch(chosen, "literal", fed)):
        both = pd.DataFrame({"count": curve["mean"], "metric": metrics}).dropna()
        taus.append(kendall(both["count"].to_numpy(), both["metric"].to_numpy()))
    own, same = (tau >= TREND for tau in taus)
    numbers = {"τ of own batches": taus[0], "of one batch": taus[1]}
    return Finding(None if own and fed is None else own, numbers, left=None if fed is None else same)


def smaller_threshold(evidence: Evidence, table: ResultTable, _argument: str) -> Finding | None:
    """The literal count grows by a larger factor, from the smallest to the largest batch, at the smaller threshold.

    It is seen in part where it grows by the same: what is counted then lies below both.
    """
    main, smaller = max(evidence.thresholds), min(evidence.thresholds)
    if smaller == main or _counts(evidence, table, main) is None:
        return None
    growth, numbers = [], {}
    for threshold in (main, smaller):
        own = count_curves.own_batch(_counts(evidence, table, threshold), "literal")["mean"].dropna()
        growth.append((own.iloc[-1] + 1) / (own.iloc[0] + 1))
        numbers[f"at {threshold:g}"] = own
    as_much = bool(growth[1] == growth[0] > 1)
    return Finding(bool(growth[1] > growth[0]) or as_much, numbers, partly=as_much)


def _counts(evidence: Evidence, table: ResultTable, threshold: float) -> pd.DataFrame | None:
    """Counts of a table's networks at a threshold; nothing where fewer than two were fed a batch of their own size."""
    if not len(evidence.of("counts", table)):
        return None
    chosen = count_curves.select(evidence.counts, table.experiment, threshold)
    return chosen if count_curves.own_batch(chosen, "literal")["mean"].count() > 1 else None
