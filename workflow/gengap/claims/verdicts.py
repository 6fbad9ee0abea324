"""The paper's claims, each with a verdict that follows from measured numbers by fixed rules.

The rules are the functions of `run_checks`, `layer_checks` and `theory_checks`, chosen by name in
`workflow/gengap/paper/claims.csv`.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from gengap.claims.evidence import Evidence
from gengap.claims.findings import Finding
from gengap.claims.layer_checks import LAYER_CHECKS
from gengap.claims.run_checks import RUN_CHECKS
from gengap.claims.theory_checks import THEORY_CHECKS
from gengap.errors import UserError
from gengap.paper.printed import PAPER

CLAIMS = PAPER / "claims.csv"
CHECKS = RUN_CHECKS | LAYER_CHECKS | THEORY_CHECKS

HOLDS, CONFOUNDED, IN_PART, NOT_SEEN = "holds", "holds with a confound", "holds in part", "not seen"
CANNOT = "cannot be tested so"
NOT_MEASURED = "not measured yet"
NOT_FULL = "not measured at full length"

YES, PARTLY, NO, NOT_TESTED = "yes", "partly", "no", "not tested"

COLUMNS = (
    *("place", "claim", "seen", "left", "judged", "seen_in", "left_in"),
    *("verdict", "provisional", "evidence"),
)

_WITHOUT_NUMBERS = {"not_measured": NOT_MEASURED}


@dataclass(frozen=True)
class Claim:
    """One claim of the paper.

    Attributes:
        place: where it stands.
        claim: what it says, in our words.
        check: name of its rule in `CHECKS`, or `not_measured`.
        argument: what the rule is given, or why nothing was measured.
        tables: numbers of the tables that it is about.
    """

    place: str
    claim: str
    check: str
    argument: str
    tables: tuple[str, ...]


def read_claims(path: str | Path = CLAIMS) -> list[Claim]:
    """The claims in their order.

    Raises:
        UserError: a rule is not known.
    """
    with open(path, encoding="utf-8", newline="") as file:
        claims = [
            Claim(row["place"], row["claim"], row["check"], row["argument"], tuple(row["tables"].split()))
            for row in csv.DictReader(file)
        ]
    for claim in claims:
        if claim.check not in CHECKS and claim.check not in _WITHOUT_NUMBERS:
            raise UserError(
                f"{path} asks for the rule `{claim.check}`, which does not exist; known are {', '.join(CHECKS)}."
            )
    return claims


def judge(claims: Sequence[Claim], evidence: Evidence) -> pd.DataFrame:
    """What was measured of each claim.

    Returns:
        One row per claim: `place`, `claim`, `seen` under the paper's protocol (yes, partly, no, or empty where that is
        not told), what is `left` after our control (likewise, or not tested), the tables `judged`, those in which it is
        `seen_in` and `left_in`, `verdict`, `provisional` (of runs shorter than the paper's) and `evidence` (numbers).

    The verdict rests on runs of the paper's length alone. All their findings hold: `holds`, or `holds with a confound`
    where one is confounded; none holds: `not seen`; some hold, or a part of it is seen: `holds in part`; a test that
    cannot tell:
    `cannot be tested so`. With shorter runs only, it is `not measured at full length`, and what these say
    is `provisional`.
    """
    rows = []
    for claim in claims:
        if claim.check in _WITHOUT_NUMBERS:
            nothing = ("", NOT_TESTED, "", "", "")
            rows.append((claim.place, claim.claim, *nothing, _WITHOUT_NUMBERS[claim.check], "", claim.argument))
            continue
        findings = CHECKS[claim.check](evidence, claim.tables, claim.argument)
        full = [finding for finding in findings if finding.full_length]
        verdict, provisional = _verdict(full), ""
        if not full:
            verdict, provisional = (NOT_FULL, _verdict(findings)) if findings else (NOT_MEASURED, "")
        shown = full or findings
        missing = [number for number in claim.tables if number not in {finding.table for finding in shown}]
        apart = len({finding.confounded for finding in shown}) > 1
        text = "; ".join(
            f"Table {finding.table.upper()}{' (confounded)' if apart and finding.confounded else ''}: {finding.detail}"
            for finding in shown
        )
        if shown and missing:
            text += f". Not judged: Table{'s' * (len(missing) > 1)} {', '.join(number.upper() for number in missing)}"
        told = (_seen(shown), _left(shown), *_where(shown))
        rows.append((claim.place, claim.claim, *told, verdict, provisional, f"{text}." if text else ""))
    return pd.DataFrame(rows, columns=COLUMNS)


def _verdict(findings: Sequence[Finding]) -> str:
    if any(finding.holds is None for finding in findings):
        return CANNOT
    if all(finding.holds for finding in findings):
        if any(finding.partly for finding in findings):
            return IN_PART
        return CONFOUNDED if any(finding.confounded for finding in findings) else HOLDS
    return IN_PART if any(finding.holds for finding in findings) else NOT_SEEN


def _seen(findings: Sequence[Finding]) -> str:
    """Whether a claim is seen under the paper's protocol, whatever explains it."""
    told = [finding for finding in findings if finding.holds is not None]
    if not told:
        return ""
    if all(finding.holds and not finding.partly for finding in told):
        return YES
    return PARTLY if any(finding.holds for finding in told) else NO


def _left(findings: Sequence[Finding]) -> str:
    """What is left of what is seen where a control holds fixed what else could explain it."""
    left = [not finding.confounded for finding in findings if finding.holds and finding.controlled]
    if not left:
        return NOT_TESTED
    return YES if all(left) else PARTLY if any(left) else NO


def _where(findings: Sequence[Finding]) -> tuple[str, str, str]:
    """Numbers of the tables that were judged, in which the claim is seen, and in which it is left."""
    seen = [finding for finding in findings if finding.holds]
    left = [finding for finding in seen if finding.controlled and not finding.confounded]
    judged, there, remaining = (" ".join(one.table.upper() for one in part) for part in (findings, seen, left))
    return judged, there, remaining
