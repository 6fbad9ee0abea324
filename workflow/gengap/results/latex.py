"""Booktabs tables in LaTeX. They need the packages booktabs and graphicx."""

import math
from collections.abc import Iterable, Sequence

import pandas as pd

from gengap.results.captions import COLUMN_LABELS, diverged_note, misprint_notes, shown_label
from gengap.results.latex_text import escape
from gengap.results.printed import PRINTED_COLUMNS

_PARTS = ("train_cross_entropy", "test_cross_entropy", "weight_penalty", "updates")


def results_latex(table: pd.DataFrame, label: str, caption: str) -> str:
    """The paper's layout, and below it the parts of the loss; errors with 2 decimals, losses with 4."""
    blocks = [
        [
            [_batch_size(row), *(_measured(row, column, f"{column}_mean") for column in columns)]
            for row in table.to_dict("records")
        ]
        for columns in (PRINTED_COLUMNS, _PARTS)
    ]
    headers = [
        table_line(["Batch size", *(COLUMN_LABELS[column] for column in columns)])
        for columns in (PRINTED_COLUMNS, _PARTS)
    ]
    return table_environment(label, caption, _tabular("lrrrr", headers, blocks), _diverged_notes(table))


def comparison_latex(comparison: pd.DataFrame, label: str, caption: str) -> str:
    """Measured, printed and difference of the errors, and below them of the losses."""
    marks = {reason: mark for mark, reason in misprint_notes(comparison)}
    rows = comparison.to_dict("records")
    blocks, headers = [], []
    for pair in (PRINTED_COLUMNS[:2], PRINTED_COLUMNS[2:]):
        groups = "".join(rf" & \multicolumn{{3}}{{c}}{{{COLUMN_LABELS[column]}}}" for column in pair) + r" \\"
        rules = r"\cmidrule(lr){2-4}\cmidrule(lr){5-7}"
        names = table_line(["Batch size", *(["measured", "printed", "difference"] * 2)])
        headers.append("\n".join([groups, rules, names]))
        blocks.append([[_batch_size(row), *(cell for c in pair for cell in _compared(row, c, marks))] for row in rows])
    body = _tabular("lrrrrrr", headers, blocks)
    notes = [
        *_diverged_notes(comparison),
        *(rf"\textsuperscript{{{mark}}} Probably a misprint. {escape(reason)}" for reason, mark in marks.items()),
    ]
    return table_environment(label, caption, body, notes)


def expectations_latex(table: pd.DataFrame, label: str, caption: str) -> str:
    """Expected smallest singular values: one line per size of the matrices."""
    header = table_line(["Matrix size", r"$\mathrm{E}\,\sigma_{\min}$", "Standard error", "Theory"])
    lines = [
        [_size(row), *(_number(row[name], 4) for name in ("mean", "standard_error", "theory"))]
        for row in table.to_dict("records")
    ]
    return table_environment(label, caption, _tabular("lrrr", [header], [lines]), [])


def expectations_comparison_latex(comparison: pd.DataFrame, label: str, caption: str) -> str:
    """Expected smallest singular values beside theory and the printed ones."""
    marks = {reason: mark for mark, reason in misprint_notes(comparison)}
    names = ["Matrix size", "Measured", "Standard error", "Theory", "Printed", "Difference", "In standard errors"]
    lines = []
    for row in comparison.to_dict("records"):
        line = [_size(row), *(_number(row[name], 4) for name in ("mean", "standard_error", "theory"))]
        if row["note"]:
            line.append(rf"\multicolumn{{3}}{{c}}{{{row['note']}}}")
        else:
            mark = marks.get(row["misprint"], "")
            line += [
                _number(row["printed"], 4) + (rf"\textsuperscript{{{mark}}}" if mark else ""),
                _number(row["difference"], 4, sign=True),
                _number(row["difference_in_standard_errors"], 1, sign=True),
            ]
        lines.append(line)
    body = _tabular("lrrrrrr", [table_line(_stacked(name) for name in names)], [lines])
    notes = [rf"\textsuperscript{{{mark}}} Cannot be right. {escape(reason)}" for reason, mark in marks.items()]
    return table_environment(label, caption, body, notes)


def table_line(cells: Iterable[str]) -> str:
    """One row of a tabular."""
    return " & ".join(cells) + r" \\"


def table_environment(label: str, caption: str, tabular: str, notes: Sequence[str]) -> str:
    """A floating table; caption as plain text, notes as LaTeX below it."""
    below = "".join(f"\\par\\smallskip\\raggedright {note}\n" for note in notes)
    # Only a tabular wider than the text is scaled.
    return (
        "\\begin{table}[htbp]\n\\centering\n"
        f"\\caption{{{escape(caption)}}}\n\\label{{tab:{label}}}\n\\smallskip\n\\footnotesize\n"
        "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n"
        f"{tabular}}}\n{below}\\end{{table}}\n"
    )


def _measured(row: dict, column: str, mean_key: str) -> str:
    mean, deviation = row[mean_key], row[f"{column}_std"]
    decimals, unit = _decimals(column)
    if row["diverged"] == row["seeds"]:
        return "diverged"
    spread = "" if math.isnan(deviation) or column == "updates" else rf" {{\scriptsize$\pm$ {deviation:.{decimals}f}}}"
    return f"{mean:.{decimals}f}{unit}{spread}"


def _compared(row: dict, column: str, marks: dict[str, str]) -> list[str]:
    measured = _measured(row, column, f"{column}_measured")
    if row["note"] == "not printed":
        return [measured, r"\multicolumn{2}{c}{not printed}"]
    decimals, unit = _decimals(column)
    mark = marks.get(row[f"{column}_misprint"], "")
    printed = f"{row[f'{column}_printed']:.{decimals}f}{unit}" + (rf"\textsuperscript{{{mark}}}" if mark else "")
    return [measured, printed, _number(row[f"{column}_difference"], decimals, sign=True)]


def _decimals(column: str) -> tuple[int, str]:
    if column == "updates":
        return 0, ""
    return (2, r"\%") if column.endswith("_percent") else (4, "")


def _number(value: float, decimals: int, *, sign: bool = False) -> str:
    if math.isnan(value):
        return "--"
    text = f"{value:+.{decimals}f}" if sign else f"{value:.{decimals}f}"
    return f"${text}$" if sign or value < 0 else text


def _size(row: dict) -> str:
    return rf"${row['rows']} \times {row['columns']}$"


def _batch_size(row: dict) -> str:
    mark = r"$^{\dagger}$" if row["diverged"] else ""
    return escape(shown_label(row["batch_size"])) + mark


def _diverged_notes(table: pd.DataFrame) -> list[str]:
    note = diverged_note(table)
    return [rf"$^{{\dagger}}$ {escape(note)}"] if note else []


def _stacked(name: str) -> str:
    """A column's heading over two lines, so that the column is no wider than its numbers."""
    first, _, rest = name.partition(" ")
    return rf"\shortstack[r]{{{first}\\{rest}}}" if rest and name not in ("Batch size", "Matrix size") else name


def _tabular(columns: str, headers: Sequence[str], blocks: Sequence[Sequence[Sequence[str]]]) -> str:
    parts = []
    for header, lines in zip(headers, blocks, strict=True):
        parts.append("\n".join([header, r"\midrule", *map(table_line, lines)]))
    inner = "\n\\midrule\n".join(parts)
    return f"\\begin{{tabular}}{{{columns}}}\n\\toprule\n{inner}\n\\bottomrule\n\\end{{tabular}}"
