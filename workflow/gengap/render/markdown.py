"""A table in Markdown, as forges show it."""

import re
from collections.abc import Iterable

from gengap.render.exhibit import Cell, Table

# A column with such a cell is one of words and stands on the left.
_WORD = re.compile(r"[a-z]{4}|\.\s")


def table_markdown(table: Table) -> str:
    """The rows and notes of a table; title and caption stand in the page."""
    rows = table.cells()
    columns = list(zip(*rows, strict=True))
    left = [place == 0 or any(_WORD.search(cell.text) for cell in cells) for place, cells in enumerate(columns)]
    lines = [_line(table.header), _line("---" if words else "---:" for words in left)]
    lines += [_line(map(_cell, row)) for row in rows]
    notes = [f"{mark}: {text}\n" if mark else f"{text}\n" for mark, text in table.notes]
    return "\n".join([*lines, "", *notes])


def _cell(cell: Cell) -> str:
    mark = f"<sup>{cell.mark}</sup>" if cell.mark else ""
    return f"{cell.text}<br><sub>{cell.below}</sub>{mark}" if cell.below else f"{cell.text}{mark}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
