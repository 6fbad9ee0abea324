"""The paper's claims, each with a verdict that follows from measured numbers by fixed rules.

The rules are functions of `run_checks`, `layer_checks` and `theory_checks`, chosen by name in
`workflow/gengap/paper/claims.csv`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gengap.claims import layer_checks, run_checks, theory_checks
from gengap.claims.evidence import Evidence, Finding, ResultTable
from gengap.paper.printed import PAPER, PAPER_REPEATS

CLAIMS = PAPER / "claims.csv"

OF_MATRICES: dict[str, Callable[[pd.DataFrame], Finding | None]] = {
    check.__name__: check
    for check in (theory_checks.gaussian_range, theory_checks.general_range, theory_checks.falls_with_columns)
}
OF_TRAININGS: dict[str, Callable[[Evidence, ResultTable, str], Finding | None]] = {
    check.__name__: check
    for check in (
        *(run_checks.rises, run_checks.stays_closer, run_checks.proportional, run_checks.loss_tells_more),
        *(run_checks.not_overfitting, run_checks.switching, run_checks.more_updates, run_checks.wider),
        *(run_checks.counts_rise, run_checks.counts_follow, run_checks.smaller_threshold),
        *(layer_checks.sigma_min_falls, layer_checks.sigma_min_is_small, layer_checks.sigma_min_by_training),
        *(layer_checks.effective_rank_falls, layer_checks.rank_taken_away),
        *(theory_checks.bound_holds, theory_checks.small_values_magnify),
    )
}

YES, PARTLY, NO, NOT_TESTED = "yes", "partly", "no", "not tested"


def read_claims() -> pd.DataFrame:
    """The claims in their order: `place`, `claim`, `check` (its rule), `argument` of the rule, and `tables`."""
    return pd.read_csv(CLAIMS, dtype=str, na_filter=False)


def judge(claims: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """What was measured of each claim, by runs of the paper's length where there are any.

    Returns:
        One row per claim: `place`, `claim`, `seen` under the paper's protocol (yes, partly, no, or empty where that is
        not told), what is `left` after our control (likewise, or not tested), the tables `judged`, those in which it is
        `seen_in` and `left_in`, whether all runs are `shorter` than the paper's, and `evidence`: the numbers, or why
        there are none.
    """
    rows = []
    for claim in claims.to_dict("records"):
        found = {number: _finding(claim, number, evidence) for number in claim["tables"].split()}
        known = {number: (finding, full) for number, (finding, full) in found.items() if finding is not None}
        full = {number: finding for number, (finding, whole) in known.items() if whole}
        shown = full or {number: finding for number, (finding, _) in known.items()}
        seen = [number for number, finding in shown.items() if finding.holds]
        texts = [f"Table {number.upper()}: {in_words(finding.numbers)}" for number, finding in shown.items()]
        rows.append(
            {
                "place": claim["place"],
                "claim": claim["claim"],
                "seen": _seen(shown.values()),
                "left": _left([shown[number] for number in seen]),
                "judged": " ".join(shown).upper(),
                "seen_in": " ".join(seen).upper(),
                "left_in": " ".join(number for number in seen if shown[number].left).upper(),
                "shorter": bool(shown) and not full,
                "evidence": "; ".join(texts) or (claim["argument"] if claim["check"] == "not_measured" else ""),
            }
        )
    return pd.DataFrame(rows)


def _finding(claim: Mapping[str, str], number: str, evidence: Evidence) -> tuple[Finding | None, bool]:
    """What a table says of a claim, if anything, and whether it has the paper's runs."""
    if claim["check"] in OF_MATRICES:
        sizes = evidence.extremes
        sizes = sizes[sizes["number"] == number] if len(sizes) else sizes
        found = OF_MATRICES[claim["check"]](sizes) if len(sizes) else None
        return found, found is not None and bool(sizes["repeats"].min() >= PAPER_REPEATS)
    table = evidence.tables.get(number)
    if table is None or len(table.rows) < 2:
        return None, False
    return OF_TRAININGS[claim["check"]](evidence, table, claim["argument"]), table.full_length


def _seen(findings: Iterable[Finding]) -> str:
    """Whether a claim is seen under the paper's protocol, whatever explains it."""
    told = [finding for finding in findings if finding.holds is not None]
    if not told:
        return ""
    if all(finding.holds and not finding.partly for finding in told):
        return YES
    return PARTLY if any(finding.holds for finding in told) else NO


def _left(seen: Iterable[Finding]) -> str:
    """What is left of what is seen where a control holds fixed what else could explain it."""
    left = [finding.left for finding in seen if finding.left is not None]
    if not left:
        return NOT_TESTED
    return YES if all(left) else PARTLY if any(left) else NO


def in_words(numbers: Mapping[str, Any]) -> str:
    """Numbers by name, of arrays the first and the last that are known."""
    return ", ".join(f"{name} {_text(value)}" for name, value in numbers.items())


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    values = np.atleast_1d(np.asarray(value, float))
    known = values[~np.isnan(values)]
    ends = known[[0, -1]] if len(values) > 1 and len(known) else known
    return " → ".join(f"{one:.0f}" if abs(one) >= 1000 else f"{one:.4g}" for one in ends).replace("-", "−") or "–"
