"""The rules by which random matrices, σ_min and Proposition 3 judge the paper's claims of section 4."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gengap.audit.evidence import Evidence, widest_fully_connected
from gengap.audit.findings import Check, Finding, bounded_tables, finding, first_to_last, trained_tables
from gengap.random_matrices.law import load_law

LOOSE = 0.1
"""A bound says nothing about what it bounds where that is below this share of it, in the median."""


def gaussian_range(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """√m - √n ≤ mean σ_min and mean σ_max ≤ √m + √n for every size, within three standard errors."""
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


def sigma_min(evidence: Evidence, numbers: Sequence[str], part: str) -> list[Finding]:
    """σ_min of the widest fully connected layer falls with the fed batch b, `below` (b ≤ h) or `beyond` (b ≥ h).

    Sizes count that at least half of the trained networks were fed, and the mean is over the networks that were fed
    all of these. Below h the claim is for h > b.
    """
    findings = []
    for table in trained_tables(evidence, numbers):
        if not evidence.has(evidence.layers, table):
            continue
        widest = widest_fully_connected(evidence.layers, table.experiment)
        width = widest["mode_size"].max()
        chosen = widest[widest["fed_batch_size"] < width if part == "below" else widest["fed_batch_size"] >= width]
        networks = chosen.pivot_table(
            index=["seed", "trained_batch_size"], columns="fed_batch_size", values="sigma_min"
        )
        values = networks.loc[:, networks.notna().mean() >= 0.5].dropna().mean()
        if len(values) > 1 and values.notna().all():
            falls = bool((np.diff(values) < 0).all())
            detail = f"h = {width}, b = {values.index[0]} to {values.index[-1]}: {first_to_last(values.to_numpy())}"
            findings.append(finding(table, falls, detail))
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


def bound_tells(evidence: Evidence, numbers: Sequence[str], _argument: str) -> list[Finding]:
    """The change of the solution is a tenth of the bound or more, in the median; a looser bound cannot tell."""
    findings = []
    for table in bounded_tables(evidence, numbers):
        cases = evidence.proposition[evidence.proposition["experiment"] == table.experiment]
        share = float((cases["measured"] / cases["bound"]).median())
        findings.append(finding(table, True if share >= LOOSE else None, f"change {100 * share:.2g} % of its bound"))
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
        findings.append(Finding(number, below == above == 0, False, detail, number in evidence.full_matrices))
    return findings


THEORY_CHECKS: dict[str, Check] = {
    check.__name__: check
    for check in (gaussian_range, general_range, falls_with_columns, sigma_min, bound_holds, bound_tells)
}
