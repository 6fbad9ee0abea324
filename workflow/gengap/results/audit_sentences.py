"""What the files of the audit say, in a sentence each; the README and the document share them."""

import math

import pandas as pd

from gengap.results.captions import LAW_LABELS, shown_number
from gengap.results.comparison import summary
from gengap.results.equal_updates import pairs_of
from gengap.results.numbers import percent
from gengap.results.random_matrix_agreement import AGREES, NOT_PRINTED, WRONG, agreement_limit
from gengap.results.slopes import clear_slopes


def comparison_sentence(comparison: pd.DataFrame) -> str:
    """How many measured test errors lie near the printed ones.

    Args:
        comparison: the file `comparison.csv` of the audit.
    """
    return f"Against print: {summary(comparison)}"


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
        part = f"{percent(last['gap_closed'] / 100)} of the gap in test error between batch sizes {last['reference']}"
        part += f" and {last['batch_size']}, of {gap:.2f} points"
        if normal > reference:
            part += f", and {percent((normal - equal) / (normal - reference))} of that in weight penalty"
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
