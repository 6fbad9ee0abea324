"""What the pages show: the exhibits of a run, its experiments, its trainings and its facts, read from files."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from gengap.readers import read_json, whole
from gengap.render.captions import shown_number
from gengap.render.exhibit import Cell, Figure, Table, read_exhibit
from gengap.report.runs import TrainingLine, read_runs, training_line
from gengap.report.words import findings, how_to_read


@dataclass(frozen=True)
class Shown:
    """A table or figure of a page.

    Attributes:
        name: of its files.
        exhibit: what its JSON file says.
        path: of its files, without ending.
    """

    name: str
    exhibit: Table | Figure
    path: Path

    @property
    def is_table(self) -> bool:
        """Whether it is a table."""
        return isinstance(self.exhibit, Table)

    @property
    def title(self) -> str:
        """Its title, without a full stop."""
        return self.exhibit.title

    @property
    def caption(self) -> str:
        """What is shown."""
        return self.exhibit.caption

    @property
    def number(self) -> str:
        """As the paper writes it; empty for those beyond the paper's."""
        return shown_number(self.exhibit.number)

    @property
    def heading(self) -> str:
        """Its title, with its number where it has one."""
        kind = "Table" if self.is_table else "Figure"
        return f"{kind} {self.number}. {self.title}" if self.number else self.title

    @property
    def header(self) -> Sequence[str]:
        """Names of a table's columns."""
        return self.exhibit.header if isinstance(self.exhibit, Table) else ()

    @property
    def rows(self) -> list[list[Cell]]:
        """Cells of a table."""
        return self.exhibit.cells() if isinstance(self.exhibit, Table) else []

    @property
    def notes(self) -> Sequence[tuple[str, str]]:
        """Marks of a table and their texts."""
        return self.exhibit.notes if isinstance(self.exhibit, Table) else ()

    @property
    def source(self) -> str:
        """The picture of a figure as the text of a `data:` address."""
        png = self.path.with_suffix(".png").read_bytes()
        return "data:image/png;base64," + base64.b64encode(png).decode("ascii")

    @property
    def width_inches(self) -> float:
        """The width for which the fonts of a figure are made."""
        png = self.path.with_suffix(".png")
        with whole(png, "PNG"), Image.open(png) as image:
            image.load()
            return image.width / image.info["dpi"][0]


@dataclass(frozen=True)
class Content:
    """Everything that the pages show, as text that is not yet escaped.

    Attributes:
        title: heading of the page.
        note: a banner at the top, or nothing.
        results: folder of the files that the page is made from.
        of_the_paper: whether something of the paper is run.
        experiments: `name`, `title`, `batch_sizes` and `seeds` of each.
        numbered_tables: tables of results and of random matrices, in order.
        numbered_figures: figures, likewise.
        beyond: tables and figures beyond the paper's own, in order.
        how_to_read: what several of these have in common, by subject, for the subjects that there are.
        facts: the numbers that sentences tell.
        findings: these sentences.
        trainings: a line for each.
        dataset_notes: (name of a data set, what a reader must know about it).
    """

    title: str
    note: str
    results: str
    of_the_paper: bool
    experiments: Sequence[Mapping[str, Any]]
    numbered_tables: Sequence[Shown]
    numbered_figures: Sequence[Shown]
    beyond: Sequence[Shown]
    how_to_read: Mapping[str, str]
    facts: Mapping[str, Any]
    findings: Sequence[str]
    trainings: Sequence[TrainingLine]
    dataset_notes: Sequence[tuple[str, str]]


def read_content(files: Mapping[str, Sequence[str]], subject: Mapping[str, Any]) -> Content:
    """Read what a run has made.

    Args:
        files: paths by kind: `exhibits` (JSON, in order), `facts`, `metrics` and `provenance`.
        subject: `title`, `note`, `results`, `of_the_paper`, `experiments` and `dataset_notes` of the configuration.
    """
    shown = [Shown(path.stem, read_exhibit(path), path.with_suffix("")) for path in map(Path, files["exhibits"])]
    facts = read_json(files["facts"][0])
    runs = read_runs(zip(files["provenance"], files["metrics"], strict=True))
    return Content(
        title=subject["title"],
        note=subject["note"] or "",
        results=subject["results"],
        of_the_paper=subject["of_the_paper"],
        experiments=subject["experiments"],
        numbered_tables=[one for one in shown if one.is_table and one.exhibit.number],
        numbered_figures=[one for one in shown if not one.is_table and one.exhibit.number],
        beyond=[one for one in shown if not one.exhibit.number],
        how_to_read={name: words for name, words in how_to_read().items() if name in subjects(shown)},
        facts=facts,
        findings=findings(facts),
        trainings=[training_line(run) for run in runs],
        dataset_notes=[(name, note) for name, note in subject["dataset_notes"].items()],
    )


def subjects(shown: Iterable[Shown]) -> set[str]:
    """What tables and figures with a number are about: keys of `how_to_read.yaml`."""
    found = set()
    for one in shown:
        if one.exhibit.number and one.is_table:
            found.add("theory" if "Theory" in one.header else "loss")
        elif one.exhibit.number:
            found.add("random_matrices" if one.title.startswith("Singular values") else "near_rank_loss")
    return found
