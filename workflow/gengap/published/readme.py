"""The block of published numbers in the project's README."""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.audit.evidence import ROUNDING
from gengap.audit.panels import Panel
from gengap.audit.untrained import NAME as UNTRAINED
from gengap.audit.untrained import conclusion
from gengap.errors import UserError
from gengap.published.contents import THRESHOLDS, Contents
from gengap.published.page import RowsAbsent, audit_table, figure_text, markdown, table_to_read, what_is_absent
from gengap.results.audit_sentences import (
    comparison_sentence,
    equal_updates_sentence,
    expectations_sentence,
    seed_scatter_sentence,
    slopes_sentence,
    train_errors_sentence,
    verdict_counts,
    widths_sentence,
)
from gengap.results.captions import shown_number
from gengap.results.figure_captions import plain_power
from gengap.results.item import TableItem, read_item
from gengap.results.numbers import ABSENT
from gengap.results.rank_loss_counts import common_fed_batches
from gengap.results.report import Cell, ReportTable
from gengap.results.settings import OPTION, ranked_elsewhere, setting_text, varied_options

# The main table and the main figure are the first of these that are published.
_MAIN_TABLES, _MAIN_FIGURES = ("1", "6", "5"), ("1", "3", "a1")
_BLOCK = re.compile(r"(<!-- published numbers -->\n).*?(<!-- end of published numbers -->)", re.DOTALL)


def update_readme(readme: Path, contents: Contents, absent: RowsAbsent, target: Path) -> None:
    """Show what was found, the main figure and the main table in the marked block of a page.

    Args:
        readme: the page.
        contents: what is published.
        absent: by number of a table of results, the labels of its rows that nothing is published of.
        target: the folder with tables and figures, below that of the page.

    Raises:
        UserError: the page has no such block.
    """
    text = readme.read_text(encoding="utf-8")
    place = target.relative_to(readme.parent).as_posix()
    parts = [_found(contents, target, place)]
    figure = next((number for number in _MAIN_FIGURES if number in contents.figures), None)
    if figure is not None:
        words = figure_text(contents, figure)
        parts += [f"![{words}]({place}/figures/figure_{figure}.png)\n", f"*Figure {shown_number(figure)}. {words}.*\n"]
        parts += _conclusions(contents.figures[figure]["item"], target)
    table = next((number for number in _MAIN_TABLES if number in contents.tables), None)
    if table is not None:
        parts += [markdown(table_to_read(contents, table, absent, target), heading=""), *_penalty_share(table, target)]
        parts += [*_equal_updates(contents, target), *_nearest_settings(contents, target)]
    elif contents.laws():
        misprints = read_item(target / "audit" / "random_matrix_misprints.json")
        if isinstance(misprints, TableItem):
            parts.append(markdown(audit_table(misprints), heading=""))
    block = "\n".join([*parts, f"{what_is_absent(contents, absent)}\n"])
    new, found = _BLOCK.subn(lambda match: f"{match[1]}{block}{match[2]}", text)
    if not found:
        raise UserError(f"{readme} has no block between `<!-- published numbers -->` marks; restore it.")
    readme.write_text(new, encoding="utf-8", newline="\n")


def _found(contents: Contents, target: Path, place: str) -> str:
    """What was found, in a list: near print or not, near-rank loss beyond its floor, random matrices, claims."""
    files: list[tuple[str, Callable[[pd.DataFrame], str]]] = [
        ("comparison", comparison_sentence),
        ("comparison", train_errors_sentence),
        ("slopes", slopes_sentence),
        ("seed_scatter", seed_scatter_sentence),
        ("near_rank_loss", lambda frame: _beyond_floor(contents, frame)),
        (UNTRAINED, lambda frame: _untrained(contents, frame)),
        ("sigma_min", lambda frame: _sigma_min(contents, frame)),
        ("widths", widths_sentence),
        ("random_matrix_agreement", expectations_sentence),
    ]
    paths = [(target / "audit" / f"{name}.csv", sentence) for name, sentence in files]
    sentences = [sentence(pd.read_csv(path, dtype={"table": "string"})) for path, sentence in paths if path.is_file()]
    return "".join(f"- {sentence}\n" for sentence in [*sentences, _verdicts(target, place)] if sentence)


def _beyond_floor(contents: Contents, summaries: pd.DataFrame) -> str:
    """How many singular values near zero neither shapes nor ranks force, of networks trained at the largest size."""
    threshold = THRESHOLDS[0]
    rows = summaries[(summaries["convention"] == "thin") & (summaries["threshold"] == threshold)]
    of_tables = {table["experiment"] for table in contents.results()}
    rows = rows[rows["experiment"].isin(of_tables) & rows["above_floor"].notna()]
    more = rows[rows["above_floor"] > 0].to_dict("records")
    parts = [f"none in {len(rows) - len(more)} of {len(rows)} tables' networks"]
    for row in more:
        before = row["untrained"] - row["rank_floor"]
        notes = [] if math.isnan(before) else [f"{_count(before)} before training"]
        notes.append(
            f"all fed {row['fed']}, those trained at {row['smallest']} to {row['largest']} have"
            f" {_count(row['same_low'])} to {_count(row['same_high'])} in all"
        )
        title = contents.experiments[row["experiment"]]["title"]
        parts.append(f"{_count(row['above_floor'])} in {title} ({'; '.join(notes)})")
    if not len(rows):
        return ""
    return (
        f"Singular values ≤ {plain_power(threshold)} beyond those that shapes and ranks force, of networks trained and"
        f" fed at the largest batch size (thin convention): {', '.join(parts)}."
    )


def _untrained(contents: Contents, counts: pd.DataFrame) -> str:
    """What networks have before any training."""
    panels = [Panel(name, part["title"]) for name, part in contents.untrained.items()]
    return f"Before any training: {'; '.join(conclusion(counts, panel, THRESHOLDS[0]) for panel in panels)}."


def _sigma_min(contents: Contents, values: pd.DataFrame) -> str:
    """σ_min of networks trained at the smallest and the largest batch size, fed one and the same batch."""
    parts: dict[str, list[str]] = {}
    for table in contents.results():
        trained = values[(values["experiment"] == table["experiment"]) & (values["state"] == "trained")]
        if len(trained):
            fed = common_fed_batches(trained)[-1]
            means = trained[trained["fed_batch_size"] == fed].groupby("trained_batch_size")["sigma_min"].mean().dropna()
            means = means.mask(means < ROUNDING, 0.0)
            if len(means) > 1:
                place = f"fed {fed}, trained at {means.index[0]:.0f} and {means.index[-1]:.0f}"
                change = f"{means.iloc[0]:.2g} and {means.iloc[-1]:.2g}"
                title = contents.experiments[table["experiment"]]["title"]
                parts.setdefault(place, []).append(f"{change} ({title})")
    shown = "; ".join(f"{place}: {', '.join(found)}" for place, found in parts.items())
    return f"σ_min of the widest fully connected layer of networks {shown}." if shown else ""


def _count(value: float) -> str:
    return f"{value:.0f}" if value == round(value) or value >= 1 else f"{value:.1f}"


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
        "What was tried, each with its distance to all printed columns at once: 0 is the print, 1 as far as the printed"
        " table's smallest from its largest value, so a table that hardly varies gives large distances. Held out: the"
        " rank of the nearest on data or batch sizes that did not choose it, among as many settings as were run there."
    )
    header = ["Network", "Nearest", "Others, nearest first", "Held out"]
    title = "Where the paper is silent or in doubt"
    return [markdown(ReportTable("", title, caption, header, rows), heading="")] if rows else []


def _settings_of_tables(contents: Contents, grid: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Published tables that show the trainings of a setting of a grid, in words, and the setting as a line."""
    for number, table in contents.tables.items():
        for entry in grid["settings"]:
            if table.get("experiment") == entry["name"]:
                line = {f"{OPTION}{name}": setting_text(value) for name, value in entry["setting"].items()}
                more = _seeds(table, entry["name"]) - _seeds(entry, entry["name"])
                yield f"Table {shown_number(number)} here{', but of fewer seeds' if more else ''}", line


def _seeds(part: Mapping[str, Any], experiment: str) -> set[int]:
    return {run[2] for row in part["rows"] for run in row["runs"] if run[0] == experiment}


def _setting(line: Mapping[str, Any], options: Sequence[str]) -> str:
    return ", ".join(f"{option.removeprefix(OPTION).replace('_', ' ')} {line[option]}" for option in options)


def _verdicts(target: Path, place: str) -> str:
    """How the paper's claims have been judged, in one sentence."""
    verdicts = verdict_counts(pd.read_csv(target / "audit" / "claims.csv"))
    link = f"{place}/README.md#claims-of-the-paper-and-what-was-measured"
    return f"[The paper's claims]({link}), judged by fixed rules on what is published: {verdicts}."
