"""What the results of a run say in a few sentences: each number read from a file of the workflow."""

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.results import rank_loss_counts
from gengap.results.captions import LAW_LABELS, shown_number
from gengap.results.comparison import summary
from gengap.results.equal_updates import pairs_of
from gengap.results.figure_captions import plain_power
from gengap.results.item import TableItem
from gengap.results.printed import PAPER_EPOCHS
from gengap.results.random_matrix_agreement import AGREES, NOT_PRINTED, WRONG, agreement_limit
from gengap.results.rank_loss_counts import CONVENTIONS
from gengap.results.slopes import clear_slopes

Table = tuple[Mapping[str, Any], pd.DataFrame, pd.DataFrame]


def comparison_sentence(comparison: pd.DataFrame) -> str:
    """How many measured test errors lie near the printed ones.

    Args:
        comparison: the file `comparison.csv` of the audit.
    """
    return f"Against print: {summary(comparison)}"


def slopes_sentence(slopes: pd.DataFrame) -> str:
    """In how many tables of full length the test error goes the printed way with the batch size; empty without any.

    Args:
        slopes: the file `slopes.csv` of the audit.
    """
    full = slopes[(slopes["column"] == "test_error_percent") & (slopes["other_length"] == 0)]
    if full.empty:
        return ""
    same = full[full["same_sign"] == "yes"]
    return (
        "The slope of the test error against the logarithm of the batch size has the printed sign in"
        f" {len(same)} of {len(full)} tables measured at full length; in {len(clear_slopes(same))} of these neither the"
        " printed nor the measured slope's interval includes zero."
    )


def train_errors_sentence(comparison: pd.DataFrame) -> str:
    """In which tables every training error lies on one side of the printed one, where that is not zero.

    Args:
        comparison: the file `comparison.csv` of the audit.
    """
    rows = comparison[(comparison["column"] == "train_error_percent") & (comparison["printed"] > 0)]
    rows = rows[(rows["status"] == "full length") & (rows["table"] != "11") & ~rows["misprint"].fillna("").astype(bool)]
    sides: dict[str, list[str]] = {"below": [], "above": []}
    for number, group in rows.groupby("table", sort=False):
        for side, there in (("below", group["difference"] < 0), ("above", group["difference"] > 0)):
            if len(group) > 1 and there.all():
                sides[side].append(f"{shown_number(str(number))} ({len(group)})")
    parts = [f"{side} it in every row of Table {', '.join(found)}" for side, found in sides.items() if found]
    if not parts:
        return ""
    return (
        f"Where the print has a training error above zero, the measured one lies {'; '.join(parts)} (numbers of rows)."
    )


def seed_scatter_sentence(seed_scatter: pd.DataFrame) -> str:
    """How far the printed test errors lie from the means, beside what seeds do; empty without a table of two seeds.

    Args:
        seed_scatter: the file `seed_scatter.csv` of the audit.
    """
    tested = seed_scatter[seed_scatter["p"].notna()].to_dict("records")
    if not tested:
        return ""
    parts = []
    for line in tested:
        by_row = "" if math.isnan(line["p_by_row"]) else f", row by row {line['p_by_row']:.2g}"
        parts.append(
            f"{line['ratio']:.1f} times what one more seed would make in Table {shown_number(str(line['table']))}"
            f" (p = {line['p']:.2g}{by_row}; seeds scatter by {line['deviation']:.2f} points)"
        )
    return f"The distance of the printed test errors from the measured means is {', '.join(parts)}."


def claims_sentence(claims: pd.DataFrame) -> str:
    """How many of the paper's claims have which verdict.

    Args:
        claims: the file `claims.csv` of the audit.
    """
    return f"The paper's {len(claims)} claims, judged by fixed rules on these runs: {verdict_counts(claims)}."


def verdict_counts(claims: pd.DataFrame) -> str:
    """The verdicts with the number of claims that have each, the most frequent first."""
    return ", ".join(f"{verdict} {len(texts)}" for verdict, texts in claims_by_verdict(claims))


def claims_by_verdict(claims: pd.DataFrame) -> list[tuple[str, list[str]]]:
    """Each verdict, the most frequent first, with the claims that have it, in their order."""
    return [
        (str(verdict), claims.loc[claims["verdict"] == verdict, "claim"].tolist())
        for verdict in claims["verdict"].value_counts().index
    ]


def penalty_sentence(tables: Sequence[Table]) -> str:
    """Which part of the rise of the training loss with the batch size is weight penalty; empty where nothing rises."""
    shares = {}
    for item, table, _ in tables:
        first, last = table.iloc[0], table.iloc[-1]
        rise = last["train_loss_mean"] - first["train_loss_mean"]
        penalty = last["weight_penalty_mean"] - first["weight_penalty_mean"]
        if len(table) > 1 and rise > 0 and math.isfinite(penalty):
            shares[str(item["number"])] = penalty / rise
    if not shares:
        return ""
    low, high = min(shares, key=shares.__getitem__), max(shares, key=shares.__getitem__)
    text = f"{_percent(shares[low])} (Table {shown_number(low)})"
    if low != high:
        text = f"between {text} and {_percent(shares[high])} (Table {shown_number(high)})"
    falls = " A negative part is a penalty that falls." if shares[low] < 0 else ""
    return (
        "Of the rise of the training loss from a table's first row to its last the weight penalty carries"
        f" {text}; the rest is cross-entropy.{falls}"
    )


def equal_updates_sentence(equal_updates: pd.DataFrame) -> str:
    """What equal updates close of two gaps at the largest batch size of each pair; empty where there is no gap.

    Args:
        equal_updates: the file `equal_updates.csv` of the audit.
    """
    parts = []
    for pair in pairs_of(equal_updates.dropna(subset=["gap_closed"])):
        last = pair.loc[pair["batch_size"].astype(int).idxmax()]
        gap = last["test_error_percent_normal"] - last["test_error_percent_reference"]
        reference, normal, equal = (last[f"weight_penalty_{run}"] for run in ("reference", "normal", "equal"))
        part = f"{_percent(last['gap_closed'] / 100)} of the gap in test error between batch sizes {last['reference']}"
        part += f" and {last['batch_size']}, of {gap:.2f} points"
        if normal > reference:
            part += f", and {_percent((normal - equal) / (normal - reference))} of that in weight penalty"
        seeds = ", one seed" if last["seeds"] == 1 else ""
        parts.append(f"{part} ({last['title']}{seeds})")
    return f"Equal numbers of updates close {'; '.join(parts)}." if parts else ""


def widths_sentence(widths: pd.DataFrame) -> str:
    """The gap in test error, and σ_min of the widest layer, at each width of the network; empty without two widths.

    Args:
        widths: the file `widths.csv` of the audit.
    """
    parts = []
    for _, group in widths.groupby("experiment", sort=False) if len(widths) else ():
        first = group.iloc[0]
        if len(group) > 1:
            gaps = ", ".join(f"{gap:.2f}" for gap in group["gap"])
            part = f"{gaps} points between batch sizes {first['smallest']} and {first['largest']} at"
            part += f" {', '.join(f'{width:g}' for width in group['width'])} of the width of {first['title']}"
            seeds = sorted(set(group["seeds"]))
            part += f", {' to '.join(map(str, seeds))} seed{'s' * (seeds != [1])}"
            if group["sigma_min"].notna().all():
                values = ", ".join(f"{value:.3g}" for value in group["sigma_min"])
                part += f" (σ_min of its widest fully connected layer at {first['largest']}: {values})"
            parts.append(part)
    return f"The gap in test error is {'; '.join(parts)}." if parts else ""


def count_cases(figures: Sequence[Mapping[str, Any]], counts: pd.DataFrame) -> pd.DataFrame:
    """The counts behind the figures of near-rank loss, at the ends of the batch sizes.

    Returns:
        One line per panel, threshold and convention: `label`, `threshold`, `convention`, `smallest` and `largest`
        training batch size, `own_smallest` and `own_largest` (each network fed a batch of its own size), `fed` (the
        one batch size fed to all), `same_smallest`, `same_largest` and `untrained` (all fed that batch).
    """
    lines = []
    for figure in figures:
        for panel in figure["panels"]:
            chosen = rank_loss_counts.select(counts, panel["experiment"], figure["threshold"])
            fed = rank_loss_counts.common_fed_batch(chosen)
            for convention in CONVENTIONS:
                own = rank_loss_counts.own_batch(chosen, convention)
                same = rank_loss_counts.same_batch(chosen, convention, fed)
                before = rank_loss_counts.untrained(chosen, convention, fed)
                lines.append(
                    {
                        "label": panel["label"],
                        "threshold": figure["threshold"],
                        "convention": convention,
                        "smallest": own.batch_sizes[0],
                        "largest": own.batch_sizes[-1],
                        "own_smallest": own.mean[0],
                        "own_largest": own.mean[-1],
                        "fed": fed,
                        "same_smallest": same.mean[0],
                        "same_largest": same.mean[-1],
                        "untrained": before.mean() if len(before) else math.nan,
                    }
                )
    return pd.DataFrame(lines)


def counts_item(cases: pd.DataFrame) -> TableItem:
    """The cases as a table."""
    header = ["Network and data", "Threshold", "Convention", "Batch sizes", "Own batch", "Fed batch", "Same batch"]
    header += ["Untrained"]
    rows = []
    for (label, threshold), group in cases.groupby(["label", "threshold"], sort=False):
        for place, row in enumerate(group.to_dict("records")):
            rows.append(
                [
                    *((label, plain_power(threshold)) if place == 0 else ("", "")),
                    row["convention"],
                    f"{row['smallest']}, {row['largest']}",
                    f"{_count(row['own_smallest'])}, {_count(row['own_largest'])}",
                    str(row["fed"]),
                    f"{_count(row['same_smallest'])}, {_count(row['same_largest'])}",
                    _count(row["untrained"]),
                ]
            )
    caption = (
        "Number of singular values at or below the threshold of the networks trained at the smallest and the largest"
        " batch size: each fed a batch of its own size, as in the paper, and both fed one batch of the same size;"
        " and of the untrained network fed that batch. Means over seeds."
    )
    return TableItem("counts", "Near-rank loss at the smallest and the largest batch size", caption, header, rows)


def counts_sentence(cases: pd.DataFrame) -> str:
    """How often the count follows the fed batch, and how often the training; empty without counts."""
    counted = ["own_smallest", "own_largest", "same_smallest", "same_largest"]
    several = cases[cases["smallest"] < cases["largest"]].dropna(subset=counted) if len(cases) else cases
    if several.empty:
        return ""
    own = int((several["own_smallest"] != several["own_largest"]).sum())
    same = int((several["same_smallest"] != several["same_largest"]).sum())
    return (
        f"In {len(several)} cases of network, data, threshold and convention the near-rank loss of the networks trained"
        f" at the smallest and the largest batch size differs {own} {_times(own)} when each is fed a batch of its own"
        f" size, and {same} {_times(same)} when both are fed the same batch."
    )


def expectations_sentence(agreement: pd.DataFrame) -> str:
    """How many printed expectations of random matrices agree with the measured ones; empty where none is printed."""
    printed = agreement[agreement["verdict"] != NOT_PRINTED]
    if printed.empty:
        return ""
    agree, wrong = (int((printed["verdict"] == verdict).sum()) for verdict in (AGREES, WRONG))
    laws = ", ".join(LAW_LABELS[law] for law in printed["law"].unique())
    return (
        f"Of {len(printed)} printed expectations of σ_min ({laws}) {agree} agree with those measured here, at most"
        f" {agreement_limit(agreement):.1f} standard errors apart (all entries judged together at the 5 % level), and"
        f" {wrong} cannot be right."
    )


def seeds_sentence(tables: Sequence[Table]) -> str:
    """Whether the tables have error bars."""
    seeds = {int(count) for _, table, _ in tables for count in table["seeds"]}
    if not seeds:
        return ""
    if seeds == {1}:
        return "Every row is a single run: differences between rows have no error bar."
    if min(seeds) == 1:
        return f"Rows have 1 to {max(seeds)} seeds; those with one have no error bar."
    return f"Every row has {min(seeds)} seeds or more; deviations are over seeds."


def shortened_sentences(tables: Sequence[Table]) -> Iterable[str]:
    """Which tables hold runs shorter than the paper's."""
    for item, table, _ in tables:
        number = str(item["number"])
        epochs = table.loc[table["diverged"] < table["seeds"], "epochs"]
        if item["reproduces_paper"] and (epochs < PAPER_EPOCHS[number]).any():
            yield (
                f"Table {shown_number(number)} has runs of {epochs.min():g} epochs, where the paper's have"
                f" {PAPER_EPOCHS[number]}: its numbers are not comparable with print."
            )


def read_tables(items: Sequence[Mapping[str, Any]], tables: Sequence[str], comparisons: Sequence[str]) -> list[Table]:
    """The tables of results among all tables; those of random matrices are left out."""
    return [
        (item, _read(table), _read(comparison))
        for item, table, comparison in zip(items, tables, comparisons, strict=True)
        if "law" not in item
    ]


def _read(path: str | Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"batch_size": str})


def _percent(share: float) -> str:
    return f"{100 * share:.0f}\u202f%".replace("-", "−")


def _count(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:g}"


def _times(count: int) -> str:
    return "time" if count == 1 else "times"
