"""The content of the document, read from the files of the earlier stages."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import compress
from operator import not_
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd

from gengap.readers import read_csv, whole
from gengap.results import audit_sentences as said
from gengap.results import reproduction_facts as facts
from gengap.results.captions import LAW_LABELS, LOSS, THEORY, Subject, conditions_caption, shown_number
from gengap.results.figure_captions import RANDOM_MATRICES, RANK_LOSS, plain_power
from gengap.results.item import FigureItem, TableItem, read_item
from gengap.results.latex_items import item_latex
from gengap.results.printed import PAPER_EPOCHS
from gengap.results.rank_loss_counts import read_counts
from gengap.results.report_content import read_experiments
from gengap.results.report_runs import read_runs, totals
from gengap.results.report_tables import results_for_report
from gengap.results.reproduction import PlacedFigure, ReproductionContent

T = TypeVar("T")

# What the text keeps to, in pages, and what its prose and the gaps around figures take of them. Longer tables, and more
# figures of the audit, are appended.
_PAGES, _PROSE = 8.0, 2.4
_ROWS_IN_TEXT, _FIGURES_IN_TEXT = 14, 3
# The part of the room that figures of near-rank loss may take; what they leave is the audit's.
_RANK_LOSS = 0.45
# Estimates: lines of a page, characters of a line of a caption, lines around a table; pages of a figure of the audit,
# of a panel of near-rank loss, and of what is around the panels.
_LINES, _CHARACTERS, _AROUND = 65, 115, 5
_FIGURE, _PANEL, _LEGEND = 0.48, 0.19, 0.12


def read_content(files: Mapping[str, Sequence[str]], params: Mapping[str, Any]) -> ReproductionContent:
    """Everything that the document shows.

    Args:
        files: paths by kind: `tables`, `comparisons` and `figures` in the order of the parameters of the same name,
            `audit` (JSON), `counts`, `metrics` and `provenance`.
        params: `title`, `note`, `results`, `experiments`, `untrained`, `tables`, `figures`, `dataset_notes`, as the
            report has them.
    """
    runs = read_runs(zip(files["provenance"], files["metrics"], strict=True))
    tables = facts.read_tables(params["tables"], files["tables"], files["comparisons"])
    rank_loss = [item for item in params["figures"] if "law" not in item]
    cases = facts.count_cases(rank_loss, read_counts(files["counts"])) if rank_loss else pd.DataFrame()
    items = [read_item(path) for path in files["audit"]]
    audited = {Path(path).stem: Path(path).with_suffix(".csv") for path in files["audit"]}
    near, slopes, seeds, train, losses, penalty, updates, widths, expectations, verdicts = (
        _said(sentence, audited[name]) if name in audited else ""
        for name, sentence in (
            ("comparison", said.comparison_sentence),
            ("slopes", said.slopes_sentence),
            ("seed_scatter", said.seed_scatter_sentence),
            ("comparison", said.train_errors_sentence),
            ("comparison", said.losses_sentence),
            ("loss_parts", said.penalty_sentence),
            ("equal_updates", said.equal_updates_sentence),
            ("widths", said.widths_sentence),
            ("random_matrix_agreement", said.expectations_sentence),
            ("claims", said.claims_sentence),
        )
    )
    measured = (penalty, updates, widths, facts.counts_sentence(cases))
    results = _report_tables(params["tables"], files["tables"], files["comparisons"])
    sampled = any("law" in item for item in params["figures"])
    by_verdict = _said(said.claims_by_verdict, audited["claims"]) if "claims" in audited else []
    lines: float = sum(2 * len(table.rows) + 1 for table in results) + len(cases)
    lines += sum(1 + len("; ".join(claims)) / _CHARACTERS for _, claims in by_verdict)
    figures, audit, appendix = _arranged(params["figures"], items, _PAGES - _PROSE - lines / _LINES)
    return ReproductionContent(
        title=params["title"],
        note=params["note"] or "",
        results=params["results"],
        findings=[
            sentence for sentence in (near, slopes, seeds, train, losses, *measured, expectations, verdicts) if sentence
        ],
        claims=by_verdict,
        experiments=read_experiments(params["experiments"], (run["metrics"] for run in runs), params["untrained"]),
        totals=totals(runs) if runs else [],
        absent=_absent(params["tables"], tables),
        how_to_read=_how_to_read(params, tables),
        tables=results,
        conditions=[conditions_caption(table, _subject(item)) for item, table, _ in tables],
        counts=_latex(facts.counts_item(cases)).replace(r"\footnotesize", r"\scriptsize") if len(cases) else "",
        figures=figures,
        random_matrices=expectations or ("Nothing is printed for the sizes sampled here." if sampled else ""),
        audit=audit,
        appendix=appendix,
        limits=[
            sentence for sentence in (facts.seeds_sentence(tables), *facts.shortened_sentences(tables)) if sentence
        ],
        dataset_notes=list(params["dataset_notes"].items()),
    )


def _said(words: Callable[[pd.DataFrame], T], path: Path) -> T:
    """What a function of the data of an item says of them; an item may have none."""
    frame = read_csv(path, (), may_be_empty=True, dtype={"table": "string"})
    with whole(path, "CSV"):
        return words(frame)


def _arranged(
    figures: Sequence[Mapping[str, Any]], items: Sequence[TableItem | FigureItem], room: float
) -> tuple[list[PlacedFigure], list[str | PlacedFigure], list[str | PlacedFigure]]:
    """What stands in the text, in order: figures of near-rank loss, and the audit; and the appendix.

    Args:
        figures: those of the paper.
        items: of the audit.
        room: in pages.
    """
    rank_loss = [item for item in figures if "law" not in item]
    heights = [_LEGEND + _PANEL * len(item["panels"]) for item in rank_loss]
    fit = _fitting(heights, _RANK_LOSS * room)
    items_fit = _fitting(_heights(items), room - sum(compress(heights, fit)))
    appended = {item.name for item in compress(items, map(not_, items_fit))}
    items_fit = [fits and _ranking_of(item) not in appended for item, fits in zip(items, items_fit, strict=True)]
    placed, audit = [_rank_loss_figure(item) for item in rank_loss], [_placed(item) for item in items]
    laws = [_law_figure(item) for item in figures if "law" in item]
    appendix = [*compress(placed, map(not_, fit)), *laws, *compress(audit, map(not_, items_fit))]
    return list(compress(placed, fit)), list(compress(audit, items_fit)), appendix


def _ranking_of(item: TableItem | FigureItem) -> str:
    """Name of the table of a grid's settings that a table of its options belongs to."""
    return item.name.replace("options_", "settings_", 1) if item.name.startswith("options_") else ""


def _fitting(heights: Iterable[float], room: float) -> list[bool]:
    """Which of the heights find room, one after the other; in pages, as the room is."""
    fits = []
    for height in heights:
        fits.append(height <= room)
        room -= height if fits[-1] else 0
    return fits


def _heights(items: Iterable[TableItem | FigureItem]) -> Iterator[float]:
    """Pages that each item of the audit takes; more than there are where it is to be appended."""
    figures = 0
    for item in items:
        caption = len(item.caption) / _CHARACTERS / _LINES
        if isinstance(item, FigureItem):
            figures += 1
            yield _FIGURE + caption if figures <= _FIGURES_IN_TEXT else math.inf
        else:
            yield (len(item.rows) + _AROUND) / _LINES + caption if len(item.rows) <= _ROWS_IN_TEXT else math.inf


def _placed(item: TableItem | FigureItem) -> str | PlacedFigure:
    if isinstance(item, TableItem):
        return _latex(item)
    return PlacedFigure(item.name, item.title, item.caption, f"../audit/{item.name}.pdf", of_paper=False)


def _absent(items: Sequence[Mapping[str, Any]], tables: Sequence[facts.Table]) -> list[str]:
    reproduced = {str(item["number"]) for item in items if item["reproduces_paper"]}
    wanted = [*PAPER_EPOCHS, "a1", "a2", "a3"]
    missing = [shown_number(number) for number in wanted if number not in reproduced]
    if not items:
        sentence = "No table of the paper was run."
    elif not reproduced:
        sentence = "None of its tables is one of the paper's: they show how the workflow works."
    elif missing:
        sentence = f"Of the paper's tables these were not run: {', '.join(missing)}."
    else:
        sentence = "Every table of the paper was run."
    return [sentence, *facts.shortened_sentences(tables)]


def _how_to_read(params: Mapping[str, Any], tables: Sequence[facts.Table]) -> list[tuple[str, str]]:
    kinds = [("Loss", LOSS)] if tables else []
    if any("law" not in item for item in params["figures"]):
        kinds.append(("Near-rank loss", RANK_LOSS))
    if any("law" in item for item in (*params["tables"], *params["figures"])):
        kinds.append(("Random matrices", f"{RANDOM_MATRICES} {THEORY}"))
    return kinds


def _report_tables(items: Sequence[Mapping[str, Any]], tables: Sequence[str], comparisons: Sequence[str]) -> list:
    return [
        results_for_report(table, comparison, _subject(item))
        for item, table, comparison in zip(items, tables, comparisons, strict=True)
        if "law" not in item
    ]


def _subject(item: Mapping[str, Any]) -> Subject:
    return Subject(str(item["number"]), item["title"], item["dataset"], item["model"], item["reproduces_paper"])


def _rank_loss_figure(item: Mapping[str, Any]) -> PlacedFigure:
    title = item.get("title") or f"Near-rank loss, {' and '.join(panel['label'] for panel in item['panels'])}"
    caption = f"Singular values ≤ {plain_power(item['threshold'])}; right: {item['convention']} count."
    return _figure_of_paper(item, title, caption)


def _law_figure(item: Mapping[str, Any]) -> PlacedFigure:
    title = item.get("title") or f"Singular values of random matrices, independent {LAW_LABELS[item['law']]} entries"
    return _figure_of_paper(item, title, "")


def _figure_of_paper(item: Mapping[str, Any], title: str, caption: str) -> PlacedFigure:
    number = str(item["number"])
    return PlacedFigure(number, title, caption, f"../figures/figure_{number}.pdf", of_paper=True)


def _latex(item: TableItem) -> str:
    return item_latex(item.name, item.title, item.caption, item.header, item.rows, item.notes)
