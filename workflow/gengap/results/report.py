"""The page that shows everything: one HTML file that needs no other."""

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from gengap.results.captions import INDEXED, shown_number

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Cell:
    """A cell of a table: what was measured and, in small letters below it, what it is compared with.

    Attributes:
        text: the number as it is shown.
        below: a second line, or nothing.
        mark: a letter that leads to a note, or nothing.
    """

    text: str
    below: str = ""
    mark: str = ""


@dataclass(frozen=True)
class ReportTable:
    """A table and the files beside it that hold its full precision.

    Attributes:
        number: as in the paper, or the user's own name.
        title: short title, also used in the list of contents.
        caption: what the columns are.
        header: names of the columns; the first one names the rows.
        rows: cells in the order of the header.
        notes: (mark, text) of the marks in the cells.
    """

    number: str
    title: str
    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class ReportFigure:
    """A figure as PNG, and the width in inches for which its fonts are made."""

    number: str
    title: str
    caption: str
    png: bytes
    width_inches: float

    @property
    def source(self) -> str:
        """The picture as the text of a `data:` address."""
        return "data:image/png;base64," + base64.b64encode(self.png).decode("ascii")


@dataclass(frozen=True)
class ReportExperiment:
    """One experiment that was run."""

    name: str
    title: str
    batch_sizes: Sequence[int]
    seeds: Sequence[int]


@dataclass(frozen=True)
class ReportRun:
    """What one training ran on and how long it took; an empty text is not known."""

    experiment: str
    batch_size: int
    seed: int
    outcome: str
    device: str
    torch: str
    precision: str
    duration: str
    images_per_second: str
    peak_memory: str
    code: str
    commit: str


@dataclass(frozen=True)
class ReportContent:
    """Everything that the page shows, as text that is not yet escaped.

    Attributes:
        title: heading of the page.
        note: a banner at the top, or nothing.
        results: folder of the files that the page is made from.
        experiments: what was run.
        how_to_read_tables: what several tables have in common.
        tables: tables of results, in order.
        how_to_read_figures: what several figures have in common.
        figures: figures, in order.
        audit: tables and figures beyond the paper's own, in order.
        runs: one per training.
        totals: sentences on all runs together.
        dataset_notes: (name of a data set, what a reader must know about it).
    """

    title: str
    note: str
    results: str
    experiments: Sequence[ReportExperiment]
    how_to_read_tables: Sequence[str]
    tables: Sequence[ReportTable]
    how_to_read_figures: Sequence[str]
    figures: Sequence[ReportFigure]
    audit: Sequence[ReportTable | ReportFigure]
    runs: Sequence[ReportRun]
    totals: Sequence[str]
    dataset_notes: Sequence[tuple[str, str]]


def render(content: ReportContent) -> str:
    """The page as HTML: styles and pictures inside, no script, every text escaped."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"shown_number": shown_number, "typeset": _typeset, "breakable": _breakable}
    return environment.get_template("report.html.j2").render(content=content)


def _typeset(text: str) -> Markup:
    """Escaped text with the indices of symbols set as subscripts."""
    return Markup(re.sub(INDEXED, r"\1<sub>\2</sub>", str(escape(text))))


def _breakable(name: str) -> Markup:
    """The escaped name of an experiment that may go over several lines: grids make long ones."""
    return escape(name).replace("_", Markup("_<wbr>")).replace(".", Markup(".<wbr>"))
