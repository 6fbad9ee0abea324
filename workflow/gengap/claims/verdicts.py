"""Claims of the paper and of works that it builds on, each with a verdict from measured numbers by fixed rules.

The rules are functions of `run_checks`, `layer_checks`, `theory_checks` and `network_checks`, chosen by name in
`workflow/gengap/paper/claims.csv`.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gengap.claims import layer_checks, network_checks, run_checks, theory_checks
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
        *(run_checks.few_updates, run_checks.distance_ratio),
        *(run_checks.counts_rise, run_checks.counts_follow, run_checks.smaller_threshold),
        *(layer_checks.sigma_min_falls, layer_checks.sigma_min_is_small, layer_checks.sigma_min_by_training),
        *(layer_checks.effective_rank_falls, layer_checks.rank_taken_away),
        *(theory_checks.bound_holds, theory_checks.small_values_magnify),
    )
}

OF_NETWORKS: dict[str, tuple[str, Callable[[pd.DataFrame, str], Finding | None]]] = {
    check.__name__: (part, check)
    for part, checks in {
        "remedies": (network_checks.closes_part, network_checks.closes_all, network_checks.remedies_help_small),
        "walks": (network_checks.walk_is_logarithmic,),
        "minima": (network_checks.sharper, network_checks.orders_errors),
    }.items()
    for check in checks
}
"""Rules of single networks, and the part of the evidence that each takes."""

YES, PARTLY, NO, NOT_TESTED = "yes", "partly", "no", "not tested"


def read_claims() -> pd.DataFrame:
    """The claims in their order: `place`, `claim`, `check` (its rule), `argument` of the rule, and `tables`.

    The `place` of another work's claim names its authors and year.
    """
    return pd.read_csv(CLAIMS, dtype=str, na_filter=False)


def judge(claims: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """What was measured of each claim, by runs of the paper's length where there are any.

    Returns:
        One row per claim: `place`, `claim`, `seen` under the paper's protocol (yes, partly, no, or empty where that is
        not told), what is `left` after our control (likewise, or not tested), the tables or networks `judged`, those in
        which it is `seen_in` and `left_in`, whether all runs are `shorter` than the paper's, and `evidence`: the
        numbers.
    """
    rows = []
    for claim in claims.to_dict("records"):
        found = _of_networks(claim, evidence)
        found |= {number.upper(): _finding(claim, number, evidence) for number in claim["tables"].split()}
        known = {name: (finding, full) for name, (finding, full) in found.items() if finding is not None}
        full = {name: finding for name, (finding, whole) in known.items() if whole}
        shown = full or {name: finding for name, (finding, _) in known.items()}
        seen = [name for name, finding in shown.items() if finding.holds]
        before = "Table " if claim["tables"] else ""
        texts = [f"{before}{name}: {in_words(finding.numbers)}" for name, finding in shown.items()]
        rows.append(
            {
                "place": claim["place"],
                "claim": claim["claim"],
                "seen": _seen(shown.values()),
                "left": _left([shown[name] for name in seen]),
                "judged": ", ".join(shown),
                "seen_in": ", ".join(seen),
                "left_in": ", ".join(name for name in seen if shown[name].left),
                "shorter": bool(shown) and not full,
                "evidence": "; ".join(texts),
            }
        )
    return pd.DataFrame(rows)


def _of_networks(claim: Mapping[str, str], evidence: Evidence) -> dict[str, tuple[Finding | None, bool]]:
    """What each network says of a claim, by its title; the paper has no runs of it, so all count as they are."""
    if claim["check"] not in OF_NETWORKS:
        return {}
    part, check = OF_NETWORKS[claim["check"]]
    frame = getattr(evidence, part)
    if not len(frame):
        return {}
    return {title: (check(lines, claim["argument"]), True) for title, lines in frame.groupby("title", sort=False)}


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
