"""Claims of the paper and of works that it builds on, each with a verdict from measured numbers by fixed rules.

The rules are functions of `run_checks`, `layer_checks`, `theory_checks` and `network_checks`, chosen by name in
`workflow/gengap/paper/claims.csv`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gengap.claims import layer_checks, network_checks, run_checks, theory_checks
from gengap.claims.evidence import Evidence, Finding
from gengap.paper.printed import PAPER, PAPER_REPEATS

CLAIMS = PAPER / "claims.csv"

RULES = vars(run_checks) | vars(layer_checks) | vars(theory_checks) | vars(network_checks)
"""The rules by name."""

NETWORKS = ("remedies", "walks", "minima")
"""Parts of the evidence that tell of networks, whether a table shows them or not."""

YES, PARTLY, NO, NOT_KNOWN = "yes", "partly", "no", "not known"


def read_claims() -> pd.DataFrame:
    """The claims in their order: `place`, `claim`, `check` (its rule), `argument` of the rule, and `tables`, numbers
    or one of `NETWORKS`.

    The `place` of another work's claim names its authors and year.
    """
    return pd.read_csv(CLAIMS, dtype=str, na_filter=False)


def judge(claims: pd.DataFrame, evidence: Evidence) -> pd.DataFrame:
    """What was measured of each claim, by runs of the paper's length where there are any.

    Returns:
        One row per claim: `place`, `claim`, `seen` under the paper's protocol (yes, partly, no, or empty where that is
        not told), what is `left` after our control (likewise, or not known), the tables or networks `judged`, those in
        which it is `seen_in` and `left_in`, whether all runs are `shorter` than the paper's, and `evidence`: the
        numbers.
    """
    rows = []
    for claim in claims.to_dict("records"):
        known = _findings(claim, evidence)
        full = {name: finding for name, (finding, whole) in known.items() if whole}
        shown = full or {name: finding for name, (finding, _) in known.items()}
        seen = [name for name, finding in shown.items() if finding.holds]
        before = "" if claim["tables"] in NETWORKS else "Table "
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


def _findings(claim: Mapping[str, str], evidence: Evidence) -> dict[str, tuple[Finding, bool]]:
    """What each table or network says of a claim, if anything, and whether it has the paper's runs.

    The paper has none of what a rule of networks takes, so all count as they are.
    """
    rule, argument, found = RULES[claim["check"]], claim["argument"], {}
    if claim["tables"] in NETWORKS:
        frame = getattr(evidence, claim["tables"])
        networks = frame.groupby("title", sort=False) if len(frame) else ()
        found = {title: (rule(lines, argument), True) for title, lines in networks}
    for number in claim["tables"].split():
        if number in evidence.tables and len(evidence.tables[number].rows) > 1:
            table = evidence.tables[number]
            found[number] = rule(evidence, table, argument), table.full_length
        elif len(evidence.extremes) and number in set(evidence.extremes["number"]):
            sizes = evidence.extremes[evidence.extremes["number"] == number]
            found[number.upper()] = rule(sizes, argument), bool(sizes["repeats"].min() >= PAPER_REPEATS)
    return {name: (finding, full) for name, (finding, full) in found.items() if finding is not None}


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
        return NOT_KNOWN
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
