"""The rules by which random matrices and Proposition 3 judge the paper's claims of section 4."""

import numpy as np
import pandas as pd

from gengap.analysis.trends import TREND, kendall
from gengap.claims.evidence import Evidence, Finding, ResultTable
from gengap.random_matrices.law import load_law


def in_range(sizes: pd.DataFrame, slack: str) -> Finding:
    """s(√m - √n) ≤ mean σ_min and mean σ_max ≤ s(√m + √n) for every size; s is the entries' standard deviation.

    Each edge is moved outwards by the share `slack` of itself and three standard errors. It is seen in part where one
    of the two edges holds for every size.
    """
    deviation, share = load_law(sizes["law"].iloc[0]).STANDARD_DEVIATION, float(slack)
    tall, wide = np.sqrt(sizes["rows"]), np.sqrt(sizes["columns"])
    low = deviation * (tall - wide) * (1 - share) - 3 * sizes["sigma_min_error"]
    high = deviation * (tall + wide) * (1 + share) + 3 * sizes["sigma_max_error"]
    below, above = int((sizes["sigma_min"] < low).sum()), int((sizes["sigma_max"] > high).sum())
    numbers = {"sizes": len(sizes), "reach below": below, "reach above": above}
    return Finding(not (below and above), numbers, partly=bool(below or above))


def falls_with_columns(sizes: pd.DataFrame, _argument: str) -> Finding | None:
    """Mean σ_min falls as n grows, at every number of rows m with several n."""
    groups = [rows["sigma_min"] for _, rows in sizes.sort_values("columns").groupby("rows") if len(rows) > 1]
    falling = sum(values.is_monotonic_decreasing and values.is_unique for values in groups)
    return Finding(falling == len(groups), {"numbers of rows": len(groups), "falls at": falling}) if groups else None


def bound_holds(evidence: Evidence, table: ResultTable, _argument: str) -> Finding | None:
    """Equation 5 holds for every change tried, whether or not X X⁺ = I, which its proof uses."""
    cases = evidence.of("proposition", table)
    if not len(cases):
        return None
    numbers = {"changes": len(cases), "it holds in": cases["holds"].sum(), "X X⁺ = I in": cases["full_row_rank"].sum()}
    return Finding(bool(cases["holds"].all()), numbers)


def small_values_magnify(evidence: Evidence, table: ResultTable, _argument: str) -> Finding | None:
    """The change of the solution goes with ‖ΔH‖/σ_min (Equation 10): τ ≥ 0.6 over all layers and batches.

    It is seen in part where it goes less with ‖ΔH‖ Σ 1/σ (Equation 5), by which the values add up. Changes of ΔH are
    judged apart by their size, and the smallest τ of each counts.
    """
    cases = evidence.of("proposition", table)
    sizes = [rows for _, rows in cases.groupby("relative_change") if len(rows) > 1] if len(cases) else []
    if not sizes:
        return None
    largest, added = (
        min(kendall(rows["measured"].to_numpy(), rows[name].to_numpy()) for rows in sizes)
        for name in ("tighter_bound", "bound")
    )
    numbers = {"τ with ‖ΔH‖/σ_min": largest, "τ with ‖ΔH‖ Σ 1/σ": added}
    return Finding(largest >= TREND, numbers, partly=added < largest)
