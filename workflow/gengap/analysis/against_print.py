"""Every value that the paper prints of a training, beside the measured one."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gengap.analysis.over_seeds import results_table
from gengap.paper.printed import PAPER_EPOCHS, SWITCHED, read_misprints, read_printed_results, row_label

# MNIST has printed test errors of 0.4 to 1.8 %: distances are told as shares of the print, too.
_DATA = {
    **dict.fromkeys(("5", "7", "9", "11"), "LeNet-5 on Fashion-MNIST"),
    **dict.fromkeys(("6", "8", "10"), "LeNet-5 on MNIST"),
    **dict.fromkeys(("1", "3"), "CIFAR-10"),
}


def compare_with_print(measured: Mapping[str, Sequence[Mapping[str, Any]]]) -> pd.DataFrame:
    """`beside_print` of Tables 1 to 11, whether they were run or not.

    Args:
        measured: rows by table number, as `results_table` takes them; a table that is absent was not run.
    """
    tables = {number: results_table(rows) for number, rows in measured.items() if rows}
    return pd.concat([beside_print(number, tables.get(number)) for number in PAPER_EPOCHS], ignore_index=True)


def beside_print(number: str, table: pd.DataFrame | None) -> pd.DataFrame:
    """One line per printed row and printed column of a table.

    Args:
        number: of the table, as the paper has it.
        table: what `results_table` returns, or nothing where it was not run.

    Returns:
        The columns `table`, `batch_size` (row label), `column`, `printed`, `mean`, `std`, `difference` (mean -
        printed), `epochs`, `seeds` (runs that did not diverge), `diverged` (runs that did), `misprint` (the reason, or
        empty), `paper_epochs` and `status`: `full length`, `shortened`, `lengthened`, `diverged` (no run is left) or
        `not run`. Errors are in percent, losses in nats.
    """
    misprints, paper = read_misprints(number), PAPER_EPOCHS[number]
    measured = {} if table is None else table.set_index(table["batch_size"].map(row_label)).to_dict("index")
    lines = []
    for label, row in read_printed_results(number).items():
        run = measured.get(label, {"seeds": 0, "diverged": 0})
        of_row = {"epochs": run.get("epochs", math.nan), "seeds": run["seeds"] - run["diverged"]}
        of_row |= {"diverged": run["diverged"]}
        for column, printed in row.items():
            mean, std = run.get(f"{column}_mean", math.nan), run.get(f"{column}_std", math.nan)
            line = {"table": number, "batch_size": label, "column": column, "printed": printed, "mean": mean}
            line |= {"std": std, "difference": mean - printed, **of_row}
            line |= {"misprint": misprints.get((label, column), ""), "paper_epochs": paper}
            lines.append(line | {"status": _status(of_row, paper)})
    return pd.DataFrame(lines)


def _status(row: Mapping[str, Any], paper: int) -> str:
    if not row["seeds"]:
        return "diverged" if row["diverged"] else "not run"
    if math.isclose(row["epochs"], paper):
        return "full length"
    return "shortened" if row["epochs"] < paper else "lengthened"


def without_repeated(frame: pd.DataFrame) -> pd.DataFrame:
    """Lines of `compare_with_print` without the row of Table 11 that is not switched: it is that of Table 5."""
    return frame[(frame["table"] != SWITCHED) | frame["batch_size"].astype(str).str.contains("->")]


def distances(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """How far measured test errors lie from the printed ones, of rows run at the paper's length.

    Returns:
        For each network and data set with such rows: its `name`, `rows`, and the `median` distance in percentage points
        and as a share of the print.
    """
    errors = without_repeated(frame[(frame["column"] == "test_error_percent") & (frame["status"] == "full length")])
    apart = errors.assign(name=errors["table"].map(_DATA), points=errors["difference"].abs())
    apart["share"] = apart["points"] / apart["printed"]
    found = apart.groupby("name", sort=False).agg(
        rows=("points", "size"), median=("points", "median"), median_share=("share", "median")
    )
    return found.reset_index().to_dict("records")
