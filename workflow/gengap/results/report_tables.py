"""Tables of results as the report shows them: each measured value above the printed one."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.readers import read_csv
from gengap.results.captions import (
    COLUMN_LABELS,
    Subject,
    comparison_caption,
    diverged_note,
    expectations_caption,
    expectations_comparison_caption,
    misprint_notes,
    shown_label,
)
from gengap.results.numbers import ABSENT, decimals, fixed, signed
from gengap.results.printed import PRINTED_COLUMNS
from gengap.results.report import Cell, ReportTable
from gengap.results.tables import read_tables

_DIVERGED = "†"
_EXPECTATIONS = (
    *("rows", "columns", "mean", "standard_error", "repeats", "theory"),
    *("printed", "difference", "difference_in_standard_errors", "misprint", "note"),
)
_PARTS = ("train_cross_entropy", "test_cross_entropy", "weight_penalty", "updates")


def results_for_report(table_path: str | Path, comparison_path: str | Path, subject: Subject) -> ReportTable:
    """One of Tables 1 to 11, or a user's own, from its two CSV files."""
    table, comparison = map(_with_texts, read_tables(table_path, comparison_path))
    marks = {reason: mark for mark, reason in misprint_notes(comparison)}
    rows = []
    for row, beside in zip(table.to_dict("records"), comparison.to_dict("records"), strict=True):
        label = Cell(shown_label(row["batch_size"]), mark=_DIVERGED if row["diverged"] else "")
        rows.append(
            [
                label,
                *(_compared(row, beside, column, marks) for column in PRINTED_COLUMNS),
                *(Cell(_measured(row, column)) for column in _PARTS),
            ]
        )
    diverged = diverged_note(table)
    return ReportTable(
        number=subject.number,
        title=subject.title,
        caption=comparison_caption(table, subject),
        header=("Batch size", *(COLUMN_LABELS[column] for column in (*PRINTED_COLUMNS, *_PARTS))),
        rows=rows,
        notes=[
            *([(_DIVERGED, diverged)] if diverged else []),
            *((mark, f"Probably a misprint. {reason}") for reason, mark in marks.items()),
        ],
    )


def expectations_for_report(comparison_path: str | Path, number: str, title: str) -> ReportTable:
    """One of Tables A1 to A3, or a user's own, from the CSV file of its comparison."""
    comparison = _with_texts(read_csv(comparison_path, _EXPECTATIONS))
    marks = {reason: mark for mark, reason in misprint_notes(comparison)}
    rows = [
        [
            Cell(f"{row['rows']} × {row['columns']}"),
            Cell(fixed(row["mean"])),
            Cell(fixed(row["standard_error"])),
            Cell(fixed(row["theory"])),
            Cell(fixed(row["printed"]) if not row["note"] else "not printed", mark=marks.get(row["misprint"], "")),
            Cell(signed(row["difference"])),
            Cell(signed(row["difference_in_standard_errors"], 1)),
        ]
        for row in comparison.to_dict("records")
    ]
    printed = bool((comparison["note"] == "").any())
    caption = (
        expectations_comparison_caption(number, comparison["repeats"])
        if printed
        else expectations_caption(comparison["repeats"])
    )
    return ReportTable(
        number=number,
        title=title,
        caption=caption,
        header=(
            "Matrix size",
            "E\u00a0σ_min",
            "Standard error",
            "Theory",
            "Printed",
            "Difference",
            "In standard errors",
        ),
        rows=rows,
        notes=[(mark, f"Cannot be right. {reason}") for reason, mark in marks.items()],
    )


def _with_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """The same with empty texts where a column of words has none."""
    texts = [column for column in frame if column == "note" or column.endswith("misprint")]
    return frame.astype(dict.fromkeys(texts, object)).fillna(dict.fromkeys(texts, ""))


def _compared(row: Mapping[str, Any], beside: Mapping[str, Any], column: str, marks: Mapping[str, str]) -> Cell:
    measured = _measured(row, column)
    if beside["note"]:
        return Cell(measured)
    places = decimals(column)
    unit = "%" if column.endswith("_percent") else ""
    printed = f"{beside[f'{column}_printed']:.{places}f}{unit}"
    difference = signed(beside[f"{column}_difference"], places)
    below = printed if difference == ABSENT else f"{printed} ({difference})"
    return Cell(measured, below=below, mark=marks.get(beside[f"{column}_misprint"], ""))


def _measured(row: Mapping[str, Any], column: str) -> str:
    mean, deviation = row[f"{column}_mean"], row[f"{column}_std"]
    if math.isnan(mean):
        return "diverged"
    places = decimals(column)
    unit = "%" if column.endswith("_percent") else ""
    spread = "" if math.isnan(deviation) or column == "updates" else f" ± {deviation:.{places}f}"
    return f"{mean:.{places}f}{spread}{unit}"
