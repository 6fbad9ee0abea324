"""The block of published numbers in the project's README."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gengap.errors import UserError
from gengap.files import write_text
from gengap.published.contents import Contents
from gengap.published.found import in_short
from gengap.published.page import RowsAbsent, audit_table, figure_text, markdown, table_to_read, what_is_absent
from gengap.results.captions import shown_number
from gengap.results.item import TableItem, read_item

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
    parts = ["".join(f"- {sentence}\n" for sentence in in_short(contents, target, place))]
    figure = next((number for number in _MAIN_FIGURES if number in contents.figures), None)
    if figure is not None:
        words = figure_text(contents, figure)
        parts += [f"![{words}]({place}/figures/figure_{figure}.png)\n", f"*Figure {shown_number(figure)}. {words}.*\n"]
        parts += _conclusions(contents.figures[figure]["item"], target)
    table = next((number for number in _MAIN_TABLES if number in contents.tables), None)
    if table is not None:
        parts.append(markdown(table_to_read(contents, table, absent, target), heading=""))
    elif contents.laws():
        misprints = read_item(target / "audit" / "random_matrix_misprints.json")
        if isinstance(misprints, TableItem):
            parts.append(markdown(audit_table(misprints), heading=""))
    block = "\n".join([*parts, f"{what_is_absent(contents, absent)}\n"])
    new, found = _BLOCK.subn(lambda match: f"{match[1]}{block}{match[2]}", text)
    if not found:
        raise UserError(f"{readme} has no block between `<!-- published numbers -->` marks; restore it.")
    write_text(readme, new)


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
