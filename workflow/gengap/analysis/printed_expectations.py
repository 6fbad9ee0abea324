"""Which printed expectations of Tables A1 to A3 agree with measurement and theory, and what the others may be."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import pandas as pd

from gengap.analysis.expectations import expectations_comparison, expectations_table
from gengap.exhibits.needs import Size
from gengap.paper.printed import PAPER_REPEATS
from gengap.random_matrices.expected import expectation
from gengap.render.captions import LAW_LABELS, shown_number
from gengap.render.numbers import fixed, signed

AGREES, DOUBTFUL, WRONG, NOT_PRINTED = "agrees", "doubtful", "cannot be right", "not printed"

SURELY = 5.0
_FAMILY_LEVEL = 0.05
_NEAR = 2.0


@dataclass(frozen=True)
class PrintedTable:
    """One of the printed tables.

    Attributes:
        number: `a1`, `a2` or `a3`, or a user's own name.
        law: of the entries.
        expectations: printed E σ_min by (rows, columns); empty where the paper prints no such table.
    """

    number: str
    law: str
    expectations: Mapping[Size, float]


def agreement(tables: Sequence[PrintedTable], extremes: Mapping[tuple[str, Size], pd.DataFrame]) -> pd.DataFrame:
    """Set every printed expectation beside measurement and theory.

    Args:
        tables: in the order of the result.
        extremes: by law and (rows, columns), `sigma_min` of every repeat.

    Returns:
        One line per table and size: `table`, `law`, `rows`, `columns`, `repeats`, `measured`, `standard_error`,
        `theory`, `printed`, the differences `z_measured_theory`, `z_printed_measured` and `z_printed_theory` in
        standard errors, and `verdict`. The error of a printed mean is taken from the deviation measured here and
        100 matrices (Section A1.2), that of theory is the error of its formula.
    """
    lines = []
    for table in tables:
        of_law = {size: repeats for (law, size), repeats in extremes.items() if law == table.law}
        measured = expectations_table(of_law, lambda rows, columns: None)
        for row in expectations_comparison(measured, table.expectations, {}).to_dict("records"):
            expected = expectation(table.law, row["rows"], row["columns"])
            formula_error = expected.relative_error * expected.mean
            of_printed = row["standard_error"] * math.sqrt(row["repeats"] / PAPER_REPEATS)
            lines.append(
                {
                    "table": table.number,
                    "law": table.law,
                    **{name: row[name] for name in ("rows", "columns", "repeats")},
                    "measured": row["mean"],
                    "standard_error": row["standard_error"],
                    "theory": expected.mean,
                    "printed": row["printed"],
                    "z_measured_theory": _z(row["mean"] - expected.mean, row["standard_error"], formula_error),
                    "z_printed_measured": -row["difference_in_standard_errors"],
                    "z_printed_theory": _z(row["printed"] - expected.mean, of_printed, formula_error),
                }
            )
    frame = pd.DataFrame(lines)
    limit = agreement_limit(frame)
    return frame.assign(verdict=[_verdict(z, limit) for z in frame["z_printed_measured"]])


def agreement_limit(frame: pd.DataFrame) -> float:
    """The |z| that one of all printed entries exceeds by chance in one case of twenty (Bonferroni)."""
    entries = max(1, int(frame["printed"].notna().sum()))
    return NormalDist().inv_cdf(1 - _FAMILY_LEVEL / (2 * entries))


def misprints(frame: pd.DataFrame) -> pd.DataFrame:
    """The printed entries that cannot be right: the lines of `agreement` with `evidence` on what they may be."""
    wrong = frame[frame["verdict"] == WRONG]
    return wrong.assign(evidence=[_evidence(row, frame) for row in wrong.to_dict("records")])


def _evidence(row: Mapping, frame: pd.DataFrame) -> str:
    """Where the printed value stands or would fit: another table's entry, another size, or one digit changed."""
    others = frame[(frame["table"] != row["table"]) & (frame["printed"] == row["printed"])]
    found = [
        f"The entry of Table {shown_number(other['table'])} for {size_text(other)}, digit for digit."
        for other in others.to_dict("records")
    ]
    limit = agreement_limit(frame)
    for other in frame.to_dict("records"):
        z = _z_of_printed(row["printed"], other)
        if abs(z) <= limit:
            found.append(
                f"Agrees with {LAW_LABELS[other['law']]}, {size_text(other)}: {fixed(other['measured'])} measured,"
                f" z = {signed(z, 1)}."
            )
    if not found:
        near = [(value, z) for value in _one_digit_away(row["printed"]) if abs(z := _z_of_printed(value, row)) <= _NEAR]
        found = [f"One digit away: {fixed(value)} would agree (z = {signed(z, 1)})." for value, z in near]
    return " ".join(found) or "Agrees with no size measured here."


def _one_digit_away(value: float) -> list[float]:
    text = f"{value:.4f}"
    places = [place for place, character in enumerate(text) if character.isdigit()]
    changed = (text[:place] + digit + text[place + 1 :] for place in places for digit in "0123456789")
    return [float(other) for other in changed if other != text]


def _z_of_printed(value: float, row: Mapping) -> float:
    """Difference of a printed mean from a measured one in standard errors of the difference."""
    error = row["standard_error"] * math.sqrt(1 + row["repeats"] / PAPER_REPEATS)
    return _z(value - row["measured"], error)


def _z(difference: float, *errors: float) -> float:
    error = math.hypot(*errors)
    return difference / error if error > 0 else math.nan


def _verdict(z: float, limit: float) -> str:
    if math.isnan(z):
        return NOT_PRINTED
    return WRONG if abs(z) > SURELY else DOUBTFUL if abs(z) > limit else AGREES


def size_text(row: Mapping) -> str:
    """Rows and columns of a matrix as readers see them."""
    return f"{row['rows']} × {row['columns']}"
