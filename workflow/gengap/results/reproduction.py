"""The reproduction as a document: a LaTeX source whose every number comes from a file of the workflow."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gengap.results.captions import shown_number
from gengap.results.latex_text import escape
from gengap.results.report import ReportExperiment, ReportTable

TEMPLATES = Path(__file__).parent / "templates"
TEMPLATE = "reproduction.tex.j2"


@dataclass(frozen=True)
class PlacedFigure:
    """A figure and where its PDF lies, seen from the source.

    Attributes:
        name: what its label ends with.
        title: first sentence of the caption, without a full stop; plain text, as `caption`.
        caption: the rest of it.
        path: of the PDF, relative to the folder of the source.
        of_paper: whether it has the number of a figure of the paper.
    """

    name: str
    title: str
    caption: str
    path: str
    of_paper: bool


@dataclass(frozen=True)
class ReproductionContent:
    """What the document shows: plain text, but for tables in `counts`, `audit` and `appendix`, which are LaTeX.

    Attributes:
        title: of the document.
        note: what a reader must know first, or nothing.
        results: folder of the files that it is made from.
        findings: sentences with the main numbers, for abstract and conclusion.
        claims: verdicts, each with the paper's claims that have it.
        experiments: what was run.
        totals: sentences on all runs together.
        absent: sentences on what is missing or shortened.
        how_to_read: sentences on how loss, near-rank loss and random matrices were measured, by kind.
        tables: tables of results.
        conditions: seeds and epochs of each of them.
        counts: a table of counts as LaTeX, or nothing.
        figures: of near-rank loss, in the text.
        random_matrices: a sentence on them, or nothing.
        audit: tables and figures in the text, in order.
        appendix: tables and figures for which the text has no room.
        limits: sentences on what the numbers cannot show.
        dataset_notes: (data set, what a reader must know about it).
    """

    title: str
    note: str
    results: str
    findings: Sequence[str]
    claims: Sequence[tuple[str, Sequence[str]]]
    experiments: Sequence[ReportExperiment]
    totals: Sequence[str]
    absent: Sequence[str]
    how_to_read: Sequence[tuple[str, str]]
    tables: Sequence[ReportTable]
    conditions: Sequence[str]
    counts: str
    figures: Sequence[PlacedFigure]
    random_matrices: str
    audit: Sequence[str | PlacedFigure]
    appendix: Sequence[str | PlacedFigure]
    limits: Sequence[str]
    dataset_notes: Sequence[tuple[str, str]]


def render(content: ReproductionContent) -> str:
    """The LaTeX source. It needs pdfLaTeX with booktabs, longtable, caption, hyperref, microtype and placeins."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<<",
        variable_end_string=">>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    environment.filters |= {"tex": escape, "shown_number": shown_number}
    return environment.get_template(TEMPLATE).render(content=content)
