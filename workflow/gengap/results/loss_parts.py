"""Which part of the rise of the loss with the batch size is cross-entropy, and which is weight penalty."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.results.printed import (
    PAPER_EPOCHS,
    first_batch_size,
    read_misprints,
    read_printed_results,
    row_label,
)
from gengap.results.tables import results_table

PARTS = ("train_loss", "train_cross_entropy", "weight_penalty", "test_loss", "test_cross_entropy")
COLUMNS = (
    "table",
    "smallest",
    "largest",
    "epochs",
    "paper_epochs",
    *(f"{part}_rise" for part in PARTS),
    "penalty_share",
    "printed_rise",
)


def loss_parts(
    tables: Sequence[Mapping[str, Any]], printed_path: str | Path, misprints_path: str | Path
) -> pd.DataFrame:
    """Rise of the loss and of its parts from the smallest to the largest batch size of each table.

    `loss = cross-entropy + weight penalty` holds for every run, so the parts' rises add up to the loss's.

    Args:
        tables: `number`, `rows` (as `results_table` takes them) and `reproduces_paper` of each table.
        printed_path: the printed values.
        misprints_path: the printed values that cannot be right.

    Returns:
        One line per table with two rows or more that did not diverge: `table`, `smallest` and `largest` (row
        labels), `epochs` (the longest run's), `paper_epochs` (NaN for a table that the paper does not print),
        `<part>_rise` of each of `PARTS` in nats, `penalty_share` (the penalty's part of the training loss's rise, in
        percent, NaN where the loss does not rise) and `printed_rise` (of the training loss between the same two rows,
        NaN where they are not printed).
    """
    lines = []
    for table in tables:
        number = str(table["number"])
        rows = [row for row in results_table(table["rows"]).to_dict("records") if row["diverged"] < row["seeds"]]
        if len(rows) < 2:
            continue
        rows.sort(key=lambda row: first_batch_size(row["batch_size"]))
        first, last = rows[0], rows[-1]
        rises = {f"{part}_rise": last[f"{part}_mean"] - first[f"{part}_mean"] for part in PARTS}
        rise = rises["train_loss_rise"]
        printed = _printed_losses(table, printed_path, misprints_path)
        ends = [printed.get(row_label(row["batch_size"]), math.nan) for row in (first, last)]
        lines.append(
            {
                "table": number,
                "smallest": first["batch_size"],
                "largest": last["batch_size"],
                "epochs": max(first["epochs"], last["epochs"]),
                "paper_epochs": PAPER_EPOCHS.get(number, math.nan) if table["reproduces_paper"] else math.nan,
                **rises,
                "penalty_share": 100 * rises["weight_penalty_rise"] / rise if rise > 0 else math.nan,
                "printed_rise": ends[1] - ends[0],
            }
        )
    return pd.DataFrame(lines, columns=COLUMNS)


def printed_train_losses(
    tables: Sequence[Mapping[str, Any]], printed_path: str | Path, misprints_path: str | Path
) -> dict[str, float]:
    """The printed training loss of each run's row, by the path of its metrics; misprints are left out.

    Args:
        tables: as `loss_parts` takes them.
        printed_path: the printed values.
        misprints_path: the printed values that cannot be right.
    """
    losses: dict[str, float] = {}
    for table in tables:
        printed = _printed_losses(table, printed_path, misprints_path)
        for row in table["rows"]:
            if row_label(row["label"]) in printed:
                losses |= dict.fromkeys(row["metrics"], printed[row_label(row["label"])])
    return losses


def _printed_losses(table: Mapping[str, Any], printed_path: str | Path, misprints_path: str | Path) -> dict[str, float]:
    """Printed training loss of each row label of a table; nothing where the paper does not print it."""
    if not table["reproduces_paper"]:
        return {}
    number = str(table["number"])
    misprints = read_misprints(misprints_path, number)
    rows = read_printed_results(printed_path, number)
    return {label: row["train_loss"] for label, row in rows.items() if (label, "train_loss") not in misprints}
