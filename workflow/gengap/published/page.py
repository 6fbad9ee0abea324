"""The README of the published numbers: what they are and where they come from, then every table and figure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.published.contents import PUBLISHED, Contents
from gengap.published.found import findings
from gengap.published.nearest_settings import nearest_settings
from gengap.published.untrained import PROVENANCE
from gengap.results.captions import LAW_LABELS, Subject, expectations_title, not_run, shown_number
from gengap.results.figure_captions import plain_power
from gengap.results.item import FigureItem, TableItem, read_item
from gengap.results.report import Cell, ReportTable
from gengap.results.report_runs import duration
from gengap.results.report_tables import expectations_for_report, results_for_report
from gengap.results.settings import setting_text

RowsAbsent = Mapping[str, Sequence[str]]

PAPER_TABLES = [*(str(number) for number in range(1, 12)), "a1", "a2", "a3"]
PAPER_FIGURES = [*(str(number) for number in range(1, 7)), "a1", "a2", "a3"]

# Items of the audit in their order, then whatever else there is.
_AUDIT = (
    *("claims", "comparison", "comparison_figure", "slopes", "seed_scatter", "comparison_losses", "loss_parts"),
    *("weight_penalty", "equal_updates", "equal_updates_figure"),
    *("printed_decay", "near_rank_loss", "untrained", "threshold_curves", "effective_rank", "sigma_min"),
    *("forward_precision", "proposition_3"),
)
# What the paper leaves open of a training.
_OPEN_OPTIONS = (
    *("initialization", "input_scaling", "decay_convention", "decayed_parameters", "learning_rate_steps"),
    *("augmentation", "pooling"),
)
# A column with such a cell is one of words and stands on the left.
_WORD = re.compile(r"[a-z]{4}|\.\s")

_INTRODUCTION = """# Published numbers

Measured at full length by the workflow's rules: at least the paper's number of epochs, or of random matrices; in a
study of the epochs as many as each setting names. What is listed as absent was not run at full length; nothing is
filled in for it. `make published` makes this page, the tables, the figures and the audit anew from the CSV files here,
without training; `make published RESULTS=<results folder>` adds the results of a run.

| file | content |
|---|---|
| `contents.json` | the tables, figures and studies, with what their rules know of them |
| `metrics.csv` | one row for each training: what was measured |
| `provenance.csv` | likewise: on what and with which code: `code_hash` tells it; `git_commit`, that of the \
checkout then, need not be in this repository, and the checkout may have had more changes (`git_dirty`) |
| `counts/` | singular values below thresholds |
| `networks/` | counts of each layer, effective ranks, smallest singular values, other precisions |
| `untrained/` | counts of networks that were never trained, and their provenance |
| `random_matrices/<law>/<rows>x<columns>.csv` | smallest and largest singular value of every matrix |
| `random_matrices/<law>/histograms.csv` | all singular values, binned |
| `random_matrices/provenance.csv` | one row for each size: summary, seed, code, time |
| `tables/`, `figures/`, `audit/` | made from these |
"""


def page(contents: Contents, absent: RowsAbsent, folder: Path, target: Path) -> str:
    """The README of the published numbers.

    Args:
        contents: what is published.
        absent: by number of a table of results, the labels of its rows that nothing is published of.
        folder: with the numbers.
        target: with the tables and figures made from them, and this page.
    """
    parts = [_INTRODUCTION, *_what_is_there(contents, absent, folder)]
    parts.append("## What was found\n\n" + "".join(f"- {sentence}\n" for sentence in findings(contents, target)))
    parts += _settings(contents)
    tried = nearest_settings(contents, target)
    parts += [markdown(tried)] if tried is not None else []
    for number in contents.tables:
        parts += [markdown(table_to_read(contents, number, absent, target))]
    for number in contents.figures:
        words = figure_text(contents, number)
        parts.append(f"## Figure {shown_number(number)}. {words}\n\n![{words}](figures/figure_{number}.png)\n")
    for path in sorted((target / "audit").glob("*.json"), key=_place_in_audit):
        item = read_item(path)
        if isinstance(item, FigureItem):
            parts.append(f"## {item.title}\n\n![{item.title}](audit/{item.name}.png)\n\n{item.caption}\n")
        else:
            parts.append(markdown(audit_table(item)))
    return "\n".join(parts)


def _what_is_there(contents: Contents, absent: RowsAbsent, folder: Path) -> list[str]:
    lines = ["## What is here\n"]
    path = folder / "metrics.csv"
    if path.is_file():
        metrics = pd.read_csv(path)
        done = int((metrics["status"] == PUBLISHED).sum())
        provenance = pd.read_csv(folder / "provenance.csv")
        devices = ", ".join(f"{name} ({kind})" for name, kind in _devices(provenance))
        lines.append(
            f"{done} of the {len(metrics)} trainings that the tables and studies here need, in"
            f" {duration(provenance['seconds'].sum())} by the clock, all jobs added up, on {devices}."
        )
    if contents.laws():
        provenance = pd.read_csv(folder / "random_matrices" / "provenance.csv")
        laws = ", ".join(LAW_LABELS[table["item"]["law"]] for table in contents.laws())
        lines.append(
            f"{int(provenance['repeats'].sum())} random matrices ({laws}; {len(provenance)} sizes), in"
            f" {duration(provenance['seconds'].sum())} by the clock, all jobs added up."
        )
    if contents.untrained:
        provenance = pd.read_csv(folder / PROVENANCE)
        provenance = provenance[provenance["experiment"].isin(contents.untrained)]
        titles = " and ".join(part["title"] for part in contents.untrained.values())
        lines.append(
            f"{len(provenance)} networks that were never trained ({titles}), measured in"
            f" {duration(provenance['seconds'].sum())} by the clock, all jobs added up."
        )
    return ["\n".join([*lines, "", what_is_absent(contents, absent)]) + "\n"]


def _settings(contents: Contents) -> list[str]:
    """What was chosen where the paper is silent, for each experiment of a table or figure."""
    if not contents.experiments:
        return []
    rows = [
        [part["title"], f"`{name}`", *(setting_text(part["options"][option]) for option in _OPEN_OPTIONS)]
        for name, part in contents.experiments.items()
    ]
    header = ["Network", "Experiment", *(option.replace("_", " ").capitalize() for option in _OPEN_OPTIONS)]
    lines = ["## What was chosen where the paper is silent\n", _line(header), _line("---" for _ in header)]
    return ["\n".join([*lines, *map(_line, rows)]) + "\n"]


def _devices(provenance: pd.DataFrame) -> list[tuple[str, str]]:
    """Names of the devices that trained, each with its kind."""
    return list(dict.fromkeys(zip(provenance["device_name"], provenance["device"].str.upper(), strict=True)))


def what_is_absent(contents: Contents, rows: RowsAbsent) -> str:
    """Which tables, figures and rows are not published, in one sentence."""
    tables = [shown_number(number) for number in PAPER_TABLES if number not in contents.tables]
    figures = [shown_number(number) for number in PAPER_FIGURES if number not in contents.figures]
    parts = [f"{kind} {', '.join(absent)}" for kind, absent in (("Tables", tables), ("Figures", figures)) if absent]
    for number, labels in rows.items():
        if labels:
            parts.append(f"{len(labels)} of {len(contents.tables[number]['rows'])} rows of Table {number}")
    return f"Absent, since not run at full length yet: {'; '.join(parts)}." if parts else "All tables and figures."


def table_to_read(contents: Contents, number: str, absent: RowsAbsent, target: Path) -> ReportTable:
    """A published table of results or of random matrices as it is read."""
    item = contents.tables[number]["item"]
    comparison = target / "tables" / f"table_{number}_comparison.csv"
    if "law" in item:
        return expectations_for_report(comparison, number, item.get("title") or expectations_title(item["law"]))
    subject = Subject(number, item["title"], item["dataset"], item["model"], item["reproduces_paper"])
    table = results_for_report(target / "tables" / f"table_{number}.csv", comparison, subject)
    return replace(table, caption=table.caption + not_run(absent[number]))


def _place_in_audit(path: Path) -> tuple[int, str]:
    return _AUDIT.index(path.stem) if path.stem in _AUDIT else len(_AUDIT), path.stem


def audit_table(item: TableItem) -> ReportTable:
    """A table of the audit as it is read."""
    rows = [[Cell(cell) for cell in row] for row in item.rows]
    return ReportTable("", item.title, item.caption, item.header, rows, [(mark, text) for mark, text in item.notes])


def markdown(table: ReportTable, heading: str = "## ") -> str:
    """A table in Markdown; without a heading its title begins the caption."""
    name = f"Table {shown_number(table.number)}. {table.title}" if table.number else table.title
    lines = [f"{heading}{name}\n" if heading else f"**{name}.** {table.caption}\n"]
    lines += [f"{table.caption}\n"] if heading else []
    columns = list(zip(*table.rows, strict=True))
    left = [place == 0 or any(_WORD.search(cell.text) for cell in cells) for place, cells in enumerate(columns)]
    lines += [_line(table.header), _line("---" if words else "---:" for words in left)]
    lines += [_line(_cell(cell) for cell in row) for row in table.rows]
    lines += ["", *(f"{mark}: {text}\n" if mark else f"{text}\n" for mark, text in table.notes)]
    return "\n".join(lines)


def _cell(cell: Cell) -> str:
    mark = f"<sup>{cell.mark}</sup>" if cell.mark else ""
    return f"{cell.text}<br><sub>{cell.below}</sub>{mark}" if cell.below else f"{cell.text}{mark}"


def _line(cells) -> str:
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |"


def figure_text(contents: Contents, number: str) -> str:
    """Title of a published figure."""
    item: Mapping[str, Any] = contents.figures[number]["item"]
    if "law" in item:
        return f"Singular values of random matrices, {LAW_LABELS[item['law']]} entries"
    labels: Sequence[str] = [panel["label"] for panel in item["panels"]]
    return f"Near-rank loss, {' and '.join(labels)}: singular values ≤ {plain_power(item['threshold'])}"
