"""Every value that the paper prints of a training, beside the measured one."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.analysis.over_seeds import comparison_table, results_table
from gengap.paper.printed import (
    PAPER_EPOCHS,
    PRINTED_COLUMNS,
    SWITCHED,
    Misprints,
    PrintedRows,
    read_misprints,
    read_printed_results,
    row_label,
)

# MNIST has printed test errors of 0.4 to 1.8 %: distances are told as shares of the print, too.
_DATA = {
    "LeNet-5 on Fashion-MNIST": ("5", "7", "9", "11"),
    "LeNet-5 on MNIST": ("6", "8", "10"),
    "CIFAR-10": ("1", "3"),
}

CONFIDENCE = 0.95


def compare_with_print(
    measured: Mapping[str, Sequence[Mapping[str, Any]]], printed_path: str | Path, misprints_path: str | Path
) -> pd.DataFrame:
    """One line per printed row and printed column of Tables 1 to 11, whether it was run or not.

    Args:
        measured: rows by table number, as `results_table` takes them; a table that is absent was not run.
        printed_path: the printed values.
        misprints_path: the printed values that cannot be right.

    Returns:
        The columns `table`, `batch_size` (row label), `column`, `printed`, `mean`, `std`, `seeds` (runs that did not
        diverge), `diverged` (runs that did), `epochs`, `paper_epochs`, `difference` (mean - printed), `misprint` (the
        reason, or empty) and `status`: `full length`, `shortened`, `lengthened`, `diverged` (no run is left) or
        `not run`. Errors are in percent, losses in nats.
    """
    lines: list[dict[str, Any]] = []
    for number in PAPER_EPOCHS:
        printed = read_printed_results(printed_path, number)
        lines += _lines(number, measured.get(number, ()), printed, read_misprints(misprints_path, number))
    return pd.DataFrame(lines)


def without_repeated(frame: pd.DataFrame) -> pd.DataFrame:
    """Lines of `compare_with_print` without the row of Table 11 that is not switched: it is that of Table 5."""
    return frame[(frame["table"] != SWITCHED) | frame["batch_size"].astype(str).str.contains("->")]


def distances(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """How far measured test errors lie from the printed ones, of rows run at the paper's length.

    Returns:
        For each network and data set with such rows: its `name`, `rows`, and the `median` distance in percentage points
        and as a share of the print.
    """
    errors = without_repeated(frame[frame["column"] == "test_error_percent"])
    found = []
    for name, numbers in _DATA.items():
        run = errors[errors["table"].isin(numbers) & (errors["status"] == "full length")]
        if len(run):
            apart = run["difference"].abs()
            medians = {"median": apart.median(), "median_share": (apart / run["printed"]).median()}
            found.append({"name": name, "rows": len(run), **medians})
    return found


def _lines(
    number: str, rows: Sequence[Mapping[str, Any]], printed: PrintedRows, misprints: Misprints
) -> list[dict[str, Any]]:
    found: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
    if rows:
        table = results_table(rows)
        beside = comparison_table(table, printed, misprints)
        for row, compared in zip(table.to_dict("records"), beside.to_dict("records"), strict=True):
            found[row_label(row["batch_size"])] = row, compared
    return [
        _line(number, label, column, printed[label][column], found.get(label), misprints.get((label, column), ""))
        for label in printed
        for column in PRINTED_COLUMNS
    ]


def _line(
    number: str,
    label: str,
    column: str,
    value: float,
    found: tuple[Mapping[str, Any], Mapping[str, Any]] | None,
    misprint: str,
) -> dict[str, Any]:
    line: dict[str, Any] = {"table": number, "batch_size": label, "column": column, "printed": value}
    rest = {"misprint": misprint, "paper_epochs": PAPER_EPOCHS[number]}
    if found is None:
        nothing = dict.fromkeys(("mean", "std", "difference", "epochs"), math.nan)
        return line | nothing | {"seeds": 0, "diverged": 0} | rest | {"status": "not run"}
    row, compared = found
    seeds = row["seeds"] - row["diverged"]
    return line | {
        "mean": compared[f"{column}_measured"],
        "std": compared[f"{column}_std"],
        "difference": compared[f"{column}_difference"],
        "seeds": seeds,
        "diverged": row["diverged"],
        "epochs": row["epochs"],
        **rest,
        "status": _status(row["epochs"], PAPER_EPOCHS[number], seeds),
    }


def _status(epochs: float, paper: int, seeds: int) -> str:
    if not seeds:
        return "diverged"
    if math.isclose(epochs, paper):
        return "full length"
    return "shortened" if epochs < paper else "lengthened"
