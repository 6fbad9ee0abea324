"""What the files of the audit say, in a sentence each; the README and the document share them."""

import math

import numpy as np
import pandas as pd

from gengap.analysis.equal_updates import pairs_of
from gengap.render.numbers import percent
from gengap.results.captions import LAW_LABELS, enumerated, shown_label, shown_number
from gengap.results.comparison import summary, without_repeated
from gengap.results.random_matrix_agreement import AGREES, NOT_PRINTED, WRONG, agreement_limit
from gengap.results.slopes import clear_slopes

# A probability below is told as unlikely.
_SMALL = 0.05


def comparison_sentence(comparison: pd.DataFrame) -> str:
    """How many measured test errors lie near the printed ones.

    Args:
        comparison: the file `comparison.csv` of the audit.
    """
    return f"Against print: {summary(comparison)}"


def train_errors_sentence(comparison: pd.DataFrame) -> str:
    """On which side of the printed training errors the measured ones lie, by table, where these are not zero.

    Args:
        comparison: the file `comparison.csv` of the audit.
    """
    rows = _of_full_length(comparison, "train_error_percent")
    rows = rows[rows["printed"] > 0]
    sides: dict[str, list[str]] = {"below": [], "above": []}
    for number, group in rows.groupby("table", sort=False):
        below, above = int((group["difference"] < 0).sum()), int((group["difference"] > 0).sum())
        if below != above:
            side, most = ("below", below) if below > above else ("above", above)
            sides[side].append(f"{most} of {len(group)} rows of Table {shown_number(str(number))}")
    parts = [f"{side} it in {enumerated(found)}" for side, found in sides.items() if found]
    if not parts:
        return ""
    return f"Where the print has a training error above zero, the measured one lies {', and '.join(parts)}."


def losses_sentence(comparison: pd.DataFrame) -> str:
    """What the measured training losses are of the printed ones, by table, and where they are farthest from them.

    Args:
        comparison: the file `comparison.csv` of the audit.
    """
    rows = _of_full_length(comparison, "train_loss")
    rows = rows[(rows["printed"] > 0) & (rows["mean"] > 0)]
    if rows.empty:
        return ""
    ratios = rows["mean"] / rows["printed"]
    medians = [
        f"{ratios[group.index].median():.2g} (Table {shown_number(str(number))})"
        for number, group in rows.groupby("table", sort=False)
    ]
    farthest = rows.loc[np.log(ratios).abs().idxmax()]
    scatter = "" if math.isnan(farthest["std"]) else f", {farthest['mean']:.2g} ± {farthest['std']:.2g} over seeds"
    return (
        f"Measured training losses are, in the median, {enumerated(medians)} times the printed ones, and"
        f" {farthest['mean'] / farthest['printed']:.2g} times where they are farthest from them (Table"
        f" {shown_number(str(farthest['table']))} at {shown_label(farthest['batch_size'])}{scatter})."
    )


def _of_full_length(comparison: pd.DataFrame, column: str) -> pd.DataFrame:
    """Lines of one column that were measured at the paper's length and are no misprints, each training once."""
    rows = comparison[(comparison["column"] == column) & (comparison["status"] == "full length")]
    return without_repeated(rows[~rows["misprint"].fillna("").astype(bool)])


def slopes_sentence(slopes: pd.DataFrame) -> str:
    """In how many tables of full length the test error goes the printed way with the batch size; empty without any.

    Args:
        slopes: the file `slopes.csv` of the audit.
    """
    full = slopes[(slopes["column"] == "test_error_percent") & (slopes["other_length"] == 0)]
    if full.empty:
        return ""
    same, other = full[full["same_sign"] == "yes"], full[full["same_sign"] == "no"]
    text = (
        "The slope of the test error against the logarithm of the batch size has the printed sign in"
        f" {len(same)} of {len(full)} tables measured at full length"
    )
    if len(same):
        text += (
            f"; in {len(clear_slopes(same))} of these neither the printed nor the measured slope's interval includes"
        )
        text += " zero"
    text += "."
    if other.empty:
        return text
    against = clear_slopes(other)
    clear = ""
    if len(against):
        where = "" if len(against) == len(other) else f" in {_tables(against)}"
        clear = f",{where} with neither interval including zero"
    return f"{text} It has the other sign in {_tables(other)}{clear}."


def seed_scatter_sentence(seed_scatter: pd.DataFrame) -> str:
    """In which tables the printed test errors lie farther from the means than seeds make likely; empty without seeds.

    Args:
        seed_scatter: the file `seed_scatter.csv` of the audit.
    """
    tested = seed_scatter[seed_scatter["p"].notna()]
    if tested.empty:
        return ""
    by_rows = tested["p_by_row"].fillna(1.0)
    clear = tested[by_rows < _SMALL]
    doubtful = tested[(tested["p"] < _SMALL) & (by_rows >= _SMALL)]
    rest = tested.drop(index=[*clear.index, *doubtful.index])
    unlikely = []
    if len(clear):
        unlikely.append(f"in {_tables(clear, 'p_by_row')}")
    if len(doubtful):
        unlikely.append(f"in {_tables(doubtful, 'p')} if all rows scatter alike")
    parts = [f"are unlikely to be those of one more seed {', and '.join(unlikely)}"] if unlikely else []
    parts += [f"cannot be told from those of one more seed in {_tables(rest)}"] if len(rest) else []
    return f"The printed test errors {'; they '.join(parts)} (each table judged at the {percent(_SMALL)} level)."


def _tables(lines: pd.DataFrame, probability: str = "") -> str:
    """The tables of some lines, with a probability of each where it is named."""
    numbers = [shown_number(str(number)) for number in lines["table"]]
    if probability:
        values = zip(numbers, lines[probability], strict=True)
        numbers = [f"{number} (p = {p:.2g})" for number, p in values]
    return f"Table{'s' * (len(numbers) > 1)} {enumerated(numbers)}"


def penalty_sentence(loss_parts: pd.DataFrame) -> str:
    """Which part of the rise of the training loss with the batch size is weight penalty; empty where nothing rises.

    Args:
        loss_parts: the file `loss_parts.csv` of the audit.
    """
    shares = loss_parts.dropna(subset=["penalty_share"]).set_index("table")["penalty_share"] / 100
    if shares.empty:
        return ""
    low, high = shares.idxmin(), shares.idxmax()
    text = f"{percent(shares[low])} (Table {shown_number(str(low))})"
    if low != high:
        text = f"between {text} and {percent(shares[high])} (Table {shown_number(str(high))})"
    falls = " A negative part is a penalty that falls." if shares[low] < 0 else ""
    return (
        "Of the rise of the training loss from a table's smallest to its largest batch size the weight penalty carries"
        f" {text}; the rest is cross-entropy.{falls}"
    )


def equal_updates_sentence(equal_updates: pd.DataFrame) -> str:
    """What equal updates close of two gaps at each batch size of each pair; empty where there is no gap.

    Args:
        equal_updates: the file `equal_updates.csv` of the audit.
    """
    parts = []
    for pair in pairs_of(equal_updates.dropna(subset=["gap_closed"])):
        pair = pair.sort_values("batch_size", key=lambda sizes: sizes.astype(int))
        closed = [
            f"{percent(line['gap_closed'] / 100)} at {line['batch_size']} (of"
            f" {line['test_error_percent_normal'] - line['test_error_percent_reference']:.2f} points)"
            for line in pair.to_dict("records")
        ]
        last = pair.iloc[-1]
        part = f"{enumerated(closed)} of the gap in test error to batch size {last['reference']}"
        reference, normal, equal = (last[f"weight_penalty_{run}"] for run in ("reference", "normal", "equal"))
        if normal > reference:
            part += f", and {percent((normal - equal) / (normal - reference))} of that in weight penalty at"
            part += f" {last['batch_size']}"
        seeds = ", one seed: chance may make the shares of the test error" if last["seeds"] == 1 else ""
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
