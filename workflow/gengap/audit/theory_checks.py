"""The rules by which random matrices, σ_min and Proposition 3 judge the paper's claims of section 4."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from gengap.audit.evidence import Evidence, ResultTable, widest_fully_connected
from gengap.audit.findings import (
    TREND,
    Check,
    Finding,
    bounded_tables,
    finding,
    first_to_last,
    has_risen,
    kendall,
    trained_tables,
)
from gengap.random_matrices.law import load_law
from gengap.results.numbers import fixed
from gengap.results.rank_loss_counts import common_fed_batches

SMALL = 0.1
"""The largest σ_min that counts as σ_min ≪ 1."""


def gaussian_range(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """√m - √n ≤ mean σ_min and mean σ_max ≤ √m + √n for every size, within three standard errors.

    It is seen in part where one of the two edges of the range holds for every size.
    """
    return _matrices(evidence, numbers, slack=0.0, name="")


def general_range(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """The same for other laws, times the standard deviation of the entries and with a tenth of slack."""
    return _matrices(evidence, numbers, slack=0.1, name=" by more than 10 %")


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


def sigma_min_falls(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """σ_min of the widest fully connected layer falls as the fed batch b grows; the claim is for b < h, its width."""
    return [
        finding(table, bool((np.diff(values) < 0).all()), detail)
        for table, values, detail in _sigma_min(evidence, numbers, lambda fed, width: fed < width)
    ]


def sigma_min_is_small(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """σ_min of the widest fully connected layer, fed a batch b ≥ h, is a tenth or less at the largest b."""
    return [
        finding(table, bool(values[-1] <= SMALL), detail)
        for table, values, detail in _sigma_min(evidence, numbers, lambda fed, width: fed >= width)
    ]


def sigma_min_by_training(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """Fed one and the same batch, networks trained with larger batches have a smaller σ_min: τ ≤ -0.6.

    It is of the widest fully connected layer, and holds at more than half of the sizes that all networks were fed.
    """
    findings = []
    for table in trained_tables(evidence, numbers):
        if not evidence.has(evidence.layers, table):
            continue
        widest = widest_fully_connected(evidence.layers, table.experiment)
        fed = common_fed_batches(widest)
        means = widest.pivot_table(index="trained_batch_size", columns="fed_batch_size", values="sigma_min")[fed]
        sizes = means.index.to_numpy(float)
        if len(sizes) > 1:
            falls = sum(has_risen(sizes, -means[size].to_numpy(float)) for size in fed)
            detail = f"h = {widest['mode_size'].max()}, trained at {sizes[0]:.0f} to {sizes[-1]:.0f}, fed {fed[-1]}:"
            detail += f" {first_to_last(means[fed[-1]].to_numpy(float))} (falls at {falls} of {len(fed)} fed sizes)"
            findings.append(finding(table, falls > len(fed) / 2, detail))
    return findings


def _sigma_min(
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


def bound_holds(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """Equation 5 holds for every change tried; confounded where X X⁺ = I, used by its proof, is not met throughout."""
    findings = []
    for table in bounded_tables(evidence, numbers):
        cases = evidence.proposition[evidence.proposition["experiment"] == table.experiment]
        met = cases["full_row_rank"]
        detail = f"{cases['holds'].sum()} of {len(cases)} changes, X X⁺ = I in {met.sum()}"
        findings.append(finding(table, bool(cases["holds"].all()), detail, confounded=not met.all()))
    return findings


def small_values_magnify(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """The change of the solution goes with ‖ΔH‖/σ_min (Equation 10): τ ≥ 0.6 over all layers and batches.

    It is seen in part where it goes less with ‖ΔH‖ Σ 1/σ (Equation 5), by which the values add up. Changes of ΔH are
    judged apart by their size, and the smallest τ of each counts.
    """
    findings = []
    for table in bounded_tables(evidence, numbers):
        cases = evidence.proposition[evidence.proposition["experiment"] == table.experiment]
        sizes = [rows for _, rows in cases.groupby("relative_change") if len(rows) > 1]
        if not sizes:
            continue
        largest, added = (
            min(kendall(rows["measured"].to_numpy(), rows[name].to_numpy()) for rows in sizes)
            for name in ("tighter_bound", "bound")
        )
        shares = [100 * float((cases["measured"] / cases[name]).median()) for name in ("tighter_bound", "bound")]
        detail = f"τ of the change with ‖ΔH‖/σ_min {fixed(largest, 2)}, with ‖ΔH‖ Σ 1/σ {fixed(added, 2)}; it is"
        detail += f" {shares[0]:.2g} % of the former and {shares[1]:.2g} % of the latter in the median"
        findings.append(finding(table, largest >= TREND, detail, partly=added < largest))
    return findings


def _extremes(evidence: Evidence, number: str) -> pd.DataFrame:
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
        detail = f"of {len(rows)} sizes {below} reach below the range and {above} above it{name}"
        full = number in evidence.full_matrices
        findings.append(Finding(number, not (below and above), False, detail, full, bool(below or above)))
    return findings


THEORY_CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (
        gaussian_range, general_range, falls_with_columns, sigma_min_falls, sigma_min_is_small, sigma_min_by_training,
        bound_holds,
        small_values_magnify,
    )
}  # fmt: skip
