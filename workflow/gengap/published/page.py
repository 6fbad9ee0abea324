"""The pages that show published numbers: the README of their folder, and a block in the project's README."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.errors import UserError
from gengap.published.contents import PUBLISHED, Contents
from gengap.results.captions import LAW_LABELS, Subject, expectations_title, not_run, shown_number
from gengap.results.item import FigureItem, TableItem, read_item
from gengap.results.numbers import ABSENT
from gengap.results.report import Cell, ReportTable
from gengap.results.report_runs import duration
from gengap.results.report_tables import expectations_for_report, results_for_report
from gengap.results.reproduction_facts import equal_updates_sentence, verdict_counts
from gengap.results.settings import OPTION, ranked_elsewhere, setting_text, varied_options

RowsAbsent = Mapping[str, Sequence[str]]

PAPER_TABLES = [*(str(number) for number in range(1, 12)), "a1", "a2", "a3"]
PAPER_FIGURES = [*(str(number) for number in range(1, 7)), "a1", "a2", "a3"]

# The main table and the main figure are the first of these that are published.
_MAIN_TABLES, _MAIN_FIGURES = ("1", "6", "5"), ("1", "3", "a1")
# Items of the audit in their order, then whatever else there is.
_AUDIT = (
    *("claims", "comparison", "comparison_figure", "slopes", "seed_scatter", "comparison_losses", "loss_parts"),
    *("weight_penalty", "equal_updates", "equal_updates_figure"),
    *("printed_decay", "near_rank_loss", "threshold_curves", "effective_rank", "sigma_min", "forward_precision"),
    "proposition_3",
)
# What the paper leaves open of a training.
_OPEN_OPTIONS = (
    *("initialization", "input_scaling", "decay_convention", "decayed_parameters", "learning_rate_steps"),
    *("augmentation", "pooling"),
)
# A column with such a cell is one of words and stands on the left.
_WORD = re.compile(r"[a-z]{4}|\.\s")
_BLOCK = re.compile(r"(<!-- published numbers -->\n).*?(<!-- end of published numbers -->)", re.DOTALL)

_INTRODUCTION = """# Published numbers

Measured at full length by the workflow's rules: at least the paper's number of epochs, or of random matrices; in a
study of the epochs as many as each setting names. What is listed as absent was not run at full length; nothing is
filled in for it. `make published` makes this page, the tables, the figures and the audit anew from the CSV files here,
without training; `make published RESULTS=<results folder>` adds the results of a run.

| file | content |
|---|---|
| `contents.json` | the tables, figures and studies, with what their rules know of them |
| `metrics.csv`, `provenance.csv` | one row for each training: what was measured, and on what, with which code |
| `counts/` | singular values below thresholds |
| `networks/` | counts of each layer, effective ranks, smallest singular values, other precisions |
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
    parts = [_INTRODUCTION, *_what_is_there(contents, absent, folder), *_settings(contents)]
    for number in contents.tables:
        parts += [_markdown(_table(contents, number, absent, target))]
    for number in contents.figures:
        words = _figure_text(contents, number)
        parts.append(f"## Figure {shown_number(number)}. {words}\n\n![{words}](figures/figure_{number}.png)\n")
    for path in sorted((target / "audit").glob("*.json"), key=_place_in_audit):
        item = read_item(path)
        if isinstance(item, FigureItem):
            parts.append(f"## {item.title}\n\n![{item.title}](audit/{item.name}.png)\n\n{item.caption}\n")
        else:
            parts.append(_markdown(_audit_table(item)))
    return "\n".join(parts)


def update_readme(readme: Path, contents: Contents, absent: RowsAbsent, target: Path) -> None:
    """Show the main table and figure in the marked block of a page; the others as in `page`.

    Raises:
        UserError: the page has no such block.
    """
    text = readme.read_text(encoding="utf-8")
    place = target.relative_to(readme.parent).as_posix()
    parts = []
    figure = next((number for number in _MAIN_FIGURES if number in contents.figures), None)
    if figure is not None:
        words = _figure_text(contents, figure)
        parts += [f"![{words}]({place}/figures/figure_{figure}.png)\n", f"*Figure {shown_number(figure)}. {words}.*\n"]
        parts += _conclusions(contents.figures[figure]["item"], target)
    table = next((number for number in _MAIN_TABLES if number in contents.tables), None)
    if table is not None:
        parts += [_markdown(_table(contents, table, absent, target), heading=""), *_penalty_share(table, target)]
        parts += [*_equal_updates(contents, target), *_nearest_settings(contents, target)]
    elif contents.laws():
        misprints = read_item(target / "audit" / "random_matrix_misprints.json")
        if isinstance(misprints, TableItem):
            parts.append(_markdown(_audit_table(misprints), heading=""))
    block = "\n".join([*parts, f"{_verdicts(target, place)}\n", f"{_what_is_absent(contents, absent)}\n"])
    new, found = _BLOCK.subn(lambda match: f"{match[1]}{block}{match[2]}", text)
    if not found:
        raise UserError(f"{readme} has no block between `<!-- published numbers -->` marks; restore it.")
    readme.write_text(new, encoding="utf-8", newline="\n")


def _conclusions(figure: Mapping[str, Any], target: Path) -> list[str]:
    """What the audit says of the experiments of a figure of near-rank loss, one paragraph where it is the same."""
    if "law" in figure:
        return []
    item = read_item(target / "audit" / "near_rank_loss.json")
    notes = [text for _, text in item.notes] if isinstance(item, TableItem) else []
    experiments: dict[str, list[str]] = {}
    for panel in figure["panels"]:
        for text in notes:
            if text.startswith(f"{panel['label']}: "):
                experiments.setdefault(text.removeprefix(f"{panel['label']}: "), []).append(panel["label"])
    return [f"{' and '.join(labels)}: {text}\n" for text, labels in experiments.items()]


def _penalty_share(number: str, target: Path) -> list[str]:
    """What part of the training loss's rise in a table is weight penalty."""
    parts = pd.read_csv(target / "audit" / "loss_parts.csv", dtype={"table": "string"})
    lines = parts[(parts["table"] == number) & parts["penalty_share"].notna()].to_dict("records")
    return [
        f"Of the rise of the training loss from batch size {line['smallest']} to {line['largest']}, the weight penalty"
        f" carries {line['penalty_share']:.0f} %; the rest is cross-entropy.\n"
        for line in lines
    ]


def _equal_updates(contents: Contents, target: Path) -> list[str]:
    """What equal updates close of the gaps, if that is published."""
    if not contents.pairs:
        return []
    sentence = equal_updates_sentence(pd.read_csv(target / "audit" / "equal_updates.csv"))
    return [f"{sentence}\n"] if sentence else []


def _nearest_settings(contents: Contents, target: Path) -> list[str]:
    """Which of the settings that were tried come nearest to the print, a row for each grid that chooses."""
    rows = []
    for name in contents.choosing_grids():
        grid, frame = contents.grids[name], pd.read_csv(target / "audit" / f"settings_{name}.csv")
        if "distance" not in frame or len(frame) == 1:
            continue
        options = varied_options(frame)
        frame["words"] = [_setting(line, options) for line in frame.to_dict("records")]
        for table, setting in _settings_of_tables(contents, grid):
            is_it = frame["words"] == _setting(setting, options)
            frame.loc[is_it, "words"] += f" ({table})"
        best, *others = (f"{line['words']}: {line['distance']:.2f}" for line in frame.to_dict("records"))
        elsewhere = [
            f"{label}: rank {frame[f'rank: {label}'][0]:.0f} of {count}"
            for label, count in ranked_elsewhere(frame).items()
            if not math.isnan(frame[f"rank: {label}"][0])
        ]
        network = f"{grid['title']}, Table {grid['judged_against']}"
        rows.append([Cell(text) for text in (network, best, "; ".join(others[:3]), "; ".join(elsewhere) or ABSENT)])
    caption = (
        "What was tried, each with its distance to all printed columns at once (1 is as far as the printed table's"
        " smallest from its largest value), and the rank of the nearest on data or batch sizes that did not choose it."
    )
    header = ["Network", "Nearest", "Others, nearest first", "Held out"]
    title = "Where the paper is silent or in doubt"
    return [_markdown(ReportTable("", title, caption, header, rows), heading="")] if rows else []


def _settings_of_tables(contents: Contents, grid: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Published tables that show the trainings of a setting of a grid, in words, and the setting as a line."""
    for number, table in contents.tables.items():
        for entry in grid["settings"]:
            if table.get("experiment") == entry["name"]:
                line = {f"{OPTION}{name}": setting_text(value) for name, value in entry["setting"].items()}
                more = _seeds(table) - _seeds(entry)
                yield f"Table {shown_number(number)} here{', but of fewer seeds' if more else ''}", line


def _seeds(part: Mapping[str, Any]) -> set[int]:
    return {run[2] for row in part["rows"] for run in row["runs"]}


def _setting(line: Mapping[str, Any], options: Sequence[str]) -> str:
    return ", ".join(f"{option.removeprefix(OPTION).replace('_', ' ')} {line[option]}" for option in options)


def _verdicts(target: Path, place: str) -> str:
    """How the paper's claims have been judged, in one sentence."""
    verdicts = verdict_counts(pd.read_csv(target / "audit" / "claims.csv"))
    link = f"{place}/README.md#claims-of-the-paper-and-what-was-measured"
    return f"[The paper's claims]({link}), judged by fixed rules on what is published: {verdicts}."


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
    return ["\n".join([*lines, "", _what_is_absent(contents, absent)]) + "\n"]


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


def _what_is_absent(contents: Contents, rows: RowsAbsent) -> str:
    tables = [shown_number(number) for number in PAPER_TABLES if number not in contents.tables]
    figures = [shown_number(number) for number in PAPER_FIGURES if number not in contents.figures]
    parts = [f"{kind} {', '.join(absent)}" for kind, absent in (("Tables", tables), ("Figures", figures)) if absent]
    for number, labels in rows.items():
        if labels:
            parts.append(f"{len(labels)} of {len(contents.tables[number]['rows'])} rows of Table {number}")
    return f"Absent, since not run at full length yet: {'; '.join(parts)}." if parts else "All tables and figures."


def _table(contents: Contents, number: str, absent: RowsAbsent, target: Path) -> ReportTable:
    item = contents.tables[number]["item"]
    comparison = target / "tables" / f"table_{number}_comparison.csv"
    if "law" in item:
        return expectations_for_report(comparison, number, item.get("title") or expectations_title(item["law"]))
    subject = Subject(number, item["title"], item["dataset"], item["model"], item["reproduces_paper"])
    table = results_for_report(target / "tables" / f"table_{number}.csv", comparison, subject)
    return replace(table, caption=table.caption + not_run(absent[number]))


def _place_in_audit(path: Path) -> tuple[int, str]:
    return _AUDIT.index(path.stem) if path.stem in _AUDIT else len(_AUDIT), path.stem


def _audit_table(item: TableItem) -> ReportTable:
    rows = [[Cell(cell) for cell in row] for row in item.rows]
    return ReportTable("", item.title, item.caption, item.header, rows, [(mark, text) for mark, text in item.notes])


def _markdown(table: ReportTable, heading: str = "## ") -> str:
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


def _figure_text(contents: Contents, number: str) -> str:
    item: Mapping[str, Any] = contents.figures[number]["item"]
    if "law" in item:
        return f"Singular values of random matrices, {LAW_LABELS[item['law']]} entries"
    labels: Sequence[str] = [panel["label"] for panel in item["panels"]]
    return f"Near-rank loss, {' and '.join(labels)}"
