"""What one table says about a claim, and how numbers are told."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from gengap.analysis.against_print import CONFIDENCE
from gengap.analysis.count_curves import own_batch, select
from gengap.analysis.trends import has_risen
from gengap.analysis.update_pairs import by_batch_size, pairs_of
from gengap.claims.evidence import Evidence, ResultTable

CLOSED = 0.5
"""Part of a gap that equal updates must undo for the gap to count as closed."""


@dataclass(frozen=True)
class Finding:
    """What one table says about a claim.

    Attributes:
        table: its number.
        holds: whether the claim is seen; None where its test cannot tell.
        confounded: whether something else than what the claim names explains what is seen.
        detail: the numbers, in words.
        full_length: whether the table has the paper's runs.
        partly: whether only a part of what the claim says is seen.
        controlled: whether something was held fixed that could explain it: only then it is told what is left.
    """

    table: str
    holds: bool | None
    confounded: bool
    detail: str
    full_length: bool
    partly: bool = False
    controlled: bool = False


Check = Callable[[Evidence, Sequence[str], str], list[Finding]]
"""A rule: from the evidence, the numbers of a claim's tables and its argument to one finding per table judged."""


def trained_tables(evidence: Evidence, numbers: Sequence[str]) -> list[ResultTable]:
    """Those of the tables that were measured, at two batch sizes or more."""
    tables = [evidence.tables[number] for number in numbers if number in evidence.tables]
    return [table for table in tables if len(table.rows) > 1]


def counted_tables(evidence: Evidence, numbers: Sequence[str]) -> list[ResultTable]:
    """Those of them of which two networks or more were counted, each fed a batch of its own size."""
    tables = [table for table in trained_tables(evidence, numbers) if evidence.has(evidence.counts, table)]
    return [table for table in tables if _own_counts(evidence, table) > 1]


def _own_counts(evidence: Evidence, table: ResultTable) -> int:
    counts = own_batch(select(evidence.counts, table.experiment, evidence.threshold), "literal").mean
    return int((~np.isnan(counts)).sum())


def bounded_tables(evidence: Evidence, numbers: Sequence[str]) -> list[ResultTable]:
    """Those of them on whose networks Proposition 3 was evaluated."""
    return [table for table in trained_tables(evidence, numbers) if evidence.has(evidence.proposition, table)]


@dataclass(frozen=True)
class AtEqualUpdates:
    """What equal updates undo of a metric's change with the batch size.

    Attributes:
        undone: this part of the change; 0 where seeds alone would make such a difference in test error.
        detail: the change in words.
    """

    undone: float
    detail: str


def at_equal_updates(evidence: Evidence, table: ResultTable, metric: str) -> AtEqualUpdates | None:
    """What is left of a metric's rise or fall where the largest batch makes as many updates as the reference.

    Smaller batches than the reference are left out: with equal updates they see the data less often. Of several
    references that with the most batch sizes above it is taken.

    Returns:
        `None` where the metric neither rises nor falls from the reference to the largest batch size with equal epochs.
    """
    if not evidence.has(evidence.equal_updates, table):
        return None
    found = []
    for pair in pairs_of(evidence.equal_updates[evidence.equal_updates["experiment"] == table.experiment]):
        values = by_batch_size(pair, metric).dropna(subset=["epochs", "updates"])
        found.append((values[values["batch_size"] >= pair["reference"].iloc[0]], pair))
    values, pair = max(found, key=lambda entry: len(entry[0]))
    sizes, normal, equal = (values[name].to_numpy(float) for name in ("batch_size", "epochs", "updates"))
    if not (has_risen(sizes, normal) or has_risen(sizes, -normal)):
        return None
    undone = float((normal[-1] - equal[-1]) / (normal[-1] - normal[0]))
    detail = f"from {sizes[0]:.0f} to {sizes[-1]:.0f} {first_to_last(normal, metric)} with equal epochs and"
    seeds = " of one seed" if pair["seeds"].max() == 1 < table.rows["seeds"].max() else ""
    detail += f" {first_to_last(equal, metric)} with equal updates{seeds}"
    # Of the others the scatter is not nearly the same at all batch sizes.
    alike = metric == "test_error_percent"
    if alike and abs(normal[-1] - equal[-1]) <= seeds_scatter(table, metric, 2 / int(pair["seeds"].min())):
        return AtEqualUpdates(0.0, f"{detail}, within what seeds scatter")
    return AtEqualUpdates(undone, detail)


def seeds_scatter(table: ResultTable, metric: str, parts: float) -> float:
    """What 95 % of the differences that seeds alone make keep to; 0 where no row has two seeds.

    Args:
        table: its rows of two seeds or more tell the variance of one training, pooled.
        metric: of which.
        parts: variance of the difference in units of that: 2/n for that of two means of n seeds.
    """
    rows = table.rows[table.rows[f"{metric}_std"].notna()]
    freedom = (rows["seeds"] - rows["diverged"] - 1).to_numpy(float)
    if not freedom.sum() > 0:
        return 0.0
    variance = float(freedom @ rows[f"{metric}_std"].to_numpy(float) ** 2 / freedom.sum())
    return float(stdtrit(freedom.sum(), 0.5 + CONFIDENCE / 2) * np.sqrt(parts * variance))


def finding(
    table: ResultTable,
    holds: bool | None,
    detail: str,
    *,
    confounded: bool = False,
    partly: bool = False,
    controlled: bool = False,
) -> Finding:
    """What a table says; only a claim that is seen can be confounded, or seen in part."""
    seen = bool(holds)
    if table.diverged:
        detail += f" (all runs diverged: {', '.join(label.split('->')[0] for label in table.diverged)})"
    return Finding(table.number, holds, confounded and seen, detail, table.full_length, partly and seen, controlled)


def first_to_last(values: np.ndarray, metric: str = "") -> str:
    """The first and the last value in words, of those that are known."""
    values = values[~np.isnan(values)]
    if not len(values):
        return "–"
    unit = " %" if metric.endswith("percent") else ""
    first, last = (f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}" for value in (values[0], values[-1]))
    return f"{first} → {last}{unit}"
