"""A table or a figure as readers see it, and its files.

An exhibit named `slopes` is `slopes.json`, which says what is shown, `slopes.csv`, the numbers in full precision, and
`.tex` of a table, `.pdf` and `.png` of a figure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from gengap.runtime.files import write_json, write_text
from gengap.runtime.readers import read_json, whole

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure as Drawing

    from gengap.render.style import Look
else:
    # The Snakefile reads this module, and Matplotlib takes half a second.
    Artist = Axes = Axis = Drawing = Any


@dataclass(frozen=True)
class Cell:
    """A cell of a table: what was measured and, below it in small grey letters, what it is compared with.

    Attributes:
        text: the number as it is shown.
        below: a second line, or nothing.
        mark: a letter that leads to a note, or nothing.
    """

    text: str
    below: str = ""
    mark: str = ""


@dataclass(frozen=True)
class Table:
    """A table as it is shown; all text is plain, and each renderer escapes it.

    Attributes:
        title: short title, without a full stop.
        caption: what the columns are.
        header: names of the columns; the first one names the rows.
        rows: cells in the order of the header; text alone stands for a cell without a second line and a mark.
        notes: (mark, text) of the marks in the cells; an empty mark is a note on the whole table.
        number: as in the paper, or the user's own; empty for tables beyond the paper's.
        data: the numbers behind it.
    """

    title: str
    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell | str]]
    notes: Sequence[tuple[str, str]] = ()
    number: str = ""
    data: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False)

    def cells(self) -> list[list[Cell]]:
        """All rows as cells.

        Raises:
            ValueError: a row has not one cell for each column.
        """
        for row in self.rows:
            if len(row) != len(self.header):
                raise ValueError(f"A row of “{self.title}” has {len(row)} cells for {len(self.header)} columns: {row}")
        return [[Cell(cell) if isinstance(cell, str) else cell for cell in row] for row in self.rows]


def grouped(rows: Iterable[Sequence[Cell | str]]) -> list[list[Cell | str]]:
    """Rows in which the first cell stands once for all that have it, one after the other."""
    return [
        [name if number == 0 else "", *others]
        for name, group in groupby(rows, key=itemgetter(0))
        for number, (_, *others) in enumerate(group)
    ]


@dataclass(frozen=True)
class Figure:
    """A figure as it is shown.

    Attributes:
        title: short title, without a full stop.
        caption: what is drawn, as plain text.
        number: as in the paper, or the user's own; empty for figures beyond the paper's.
        drawing: what Matplotlib draws.
        data: the numbers drawn.
        chart: the same numbers to look at with a pointer, as Vega-Lite has it, without the numbers; or nothing.
    """

    title: str
    caption: str
    number: str = ""
    drawing: Drawing | None = field(default=None, compare=False)
    data: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False)
    chart: Mapping[str, Any] | None = None


Exhibit = Table | Figure


def write_table(table: Table, stem: str | Path) -> None:
    """Write `<stem>.csv`, `.tex` and `.json`."""
    from gengap.render.latex import table_latex

    shown = {"title": table.title, "caption": table.caption, "header": list(table.header)}
    rows = [[asdict(cell) for cell in row] for row in table.cells()]
    _write_data(table.data, stem)
    write_text(f"{stem}.tex", table_latex(table, Path(stem).name))
    write_json(f"{stem}.json", {"kind": "table", "number": table.number, **shown, "rows": rows, "notes": table.notes})


def write_figure(figure: Figure, look: "Look", stem: str | Path) -> None:
    """Write `<stem>.csv`, `.pdf`, `.png` and `.json`."""
    from gengap.render.style import save

    if figure.drawing is None:
        raise ValueError(f"“{figure.title}” has nothing drawn")
    _write_data(figure.data, stem)
    save(figure.drawing, look, f"{stem}.pdf", f"{stem}.png")
    shown = {"number": figure.number, "title": figure.title, "caption": figure.caption}
    chart = {"chart": figure.chart} if figure.chart else {}
    write_json(f"{stem}.json", {"kind": "figure", **shown, **chart})


def read_exhibit(path: str | Path) -> Exhibit:
    """What a JSON file says of an exhibit, without its numbers.

    Raises:
        UserError: the file is not one of an exhibit.
    """
    with whole(path, "table's or figure's JSON"):
        fields = read_json(path)
        if fields.pop("kind") == "figure":
            return Figure(**fields)
        rows = [[Cell(**cell) for cell in row] for row in fields.pop("rows")]
        notes = [(mark, text) for mark, text in fields.pop("notes")]
        return Table(rows=rows, notes=notes, **fields)


def _write_data(frame: pd.DataFrame, stem: str | Path) -> None:
    write_text(f"{stem}.csv", frame.to_csv(index=False, lineterminator="\n"))
