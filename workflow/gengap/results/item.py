"""Tables and figures beyond the paper's own: one set of files each, which the report and the PDF show.

An item named `slopes` is `slopes.json`, which says what is shown, and beside it the files to use elsewhere: `.csv` and
`.tex` of a table, `.pdf` and `.png` of a figure and, where it has one, the `.csv` of the data drawn.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from gengap.files import write_json, write_text
from gengap.readers import read_json, unusable
from gengap.results.latex_items import item_latex


@dataclass(frozen=True)
class TableItem:
    """A table as it is shown.

    Attributes:
        name: name of its files.
        title: short title, without a full stop.
        caption: what the columns are and what follows from them, as plain text.
        header: names of the columns; the first one names the rows.
        rows: cells as text, in the order of the header.
        notes: (mark, text) of the marks that stand in the cells; an empty mark is a note on the whole table.
    """

    name: str
    title: str
    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[Sequence[str]] = ()


@dataclass(frozen=True)
class FigureItem:
    """A figure as it is shown: name of its files, short title without a full stop, caption as plain text."""

    name: str
    title: str
    caption: str


def write_table_item(item: TableItem, frame: pd.DataFrame, folder: str | Path) -> None:
    """Write `<name>.csv` (the frame, in full precision), `<name>.tex` and `<name>.json` into a folder.

    Raises:
        ValueError: a row has not one cell for each column.
    """
    for row in item.rows:
        if len(row) != len(item.header):
            raise ValueError(f"A row of `{item.name}` has {len(row)} cells for {len(item.header)} columns: {row}")
    path = Path(folder) / item.name
    write_frame(frame, Path(f"{path}.csv"))
    write_text(f"{path}.tex", item_latex(item.name, item.title, item.caption, item.header, item.rows, item.notes))
    write_json(f"{path}.json", {"kind": "table", **asdict(item)})


def read_item(path: str | Path) -> TableItem | FigureItem:
    """An item from its JSON file.

    Raises:
        UserError: the file is not one of an item.
    """
    content = read_json(path)
    try:
        kind = TableItem if content.pop("kind") == "table" else FigureItem
        return kind(**content)
    except (KeyError, TypeError) as error:
        raise unusable(path, "does not describe a table or a figure") from error


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write the data of an item as CSV, in full precision."""
    write_text(path, frame.to_csv(index=False, lineterminator="\n"))
