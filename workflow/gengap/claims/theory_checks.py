"""The rules by which random matrices and Proposition 3 judge the paper's claims of section 4."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gengap.analysis.trends import TREND, kendall
from gengap.claims.evidence import Evidence
from gengap.claims.findings import Check, Finding, bounded_tables, finding
from gengap.random_matrices.law import load_law
from gengap.render.numbers import fixed


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
    for check in (gaussian_range, general_range, falls_with_columns, bound_holds, small_values_magnify)
}
