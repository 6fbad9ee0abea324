"""What the results of a run say in a few sentences: each number read from a file of the workflow."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from gengap.results import rank_loss_counts
from gengap.results.captions import shown_number
from gengap.results.figure_captions import plain_power
from gengap.results.item import TableItem
from gengap.results.numbers import ABSENT
from gengap.results.printed import PAPER_EPOCHS
from gengap.results.rank_loss_counts import CONVENTIONS
from gengap.results.tables import read_tables as tables_of

Table = tuple[Mapping[str, Any], pd.DataFrame, pd.DataFrame]


def count_cases(figures: Sequence[Mapping[str, Any]], counts: pd.DataFrame) -> pd.DataFrame:
    """The counts behind the figures of near-rank loss, at the ends of the batch sizes.

    Returns:
        One line per panel, threshold and convention: `label`, `threshold`, `convention`, `smallest` and `largest`
        training batch size, `own_smallest` and `own_largest` (each network fed a batch of its own size), `fed` (the
        one batch size fed to all, empty where there is none), `same_smallest`, `same_largest` and `untrained` (all fed
        that batch). Counts that were not measured are NaN.
    """
    lines = []
    for figure in figures:
        for panel in figure["panels"]:
            chosen = rank_loss_counts.select(counts, panel["experiment"], figure["threshold"])
            fed = rank_loss_counts.common_fed_batch(chosen)
            sizes = chosen["trained_batch_size"].dropna().astype(int)
            smallest, largest = sizes.min(), sizes.max()
            for convention in CONVENTIONS:
                own = rank_loss_counts.own_batch(chosen, convention).by_size()
                same = rank_loss_counts.same_batch(chosen, convention, fed).by_size()
                before = rank_loss_counts.untrained(chosen, convention, fed)
                lines.append(
                    {
                        "label": panel["label"],
                        "threshold": figure["threshold"],
                        "convention": convention,
                        "smallest": smallest,
                        "largest": largest,
                        "own_smallest": own.get(smallest, math.nan),
                        "own_largest": own.get(largest, math.nan),
                        "fed": fed,
                        "same_smallest": same.get(smallest, math.nan),
                        "same_largest": same.get(largest, math.nan),
                        "untrained": before.mean() if len(before) else math.nan,
                    }
                )
    return pd.DataFrame(lines).astype({"fed": "Int64"})


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
                    ABSENT if pd.isna(row["fed"]) else str(row["fed"]),
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
        (item, *tables_of(table, comparison))
        for item, table, comparison in zip(items, tables, comparisons, strict=True)
        if "law" not in item
    ]


def _count(value: float) -> str:
    return ABSENT if math.isnan(value) else f"{value:g}"


def _times(count: int) -> str:
    return "time" if count == 1 else "times"
