"""What the pages show: the exhibits of a run, its experiments, its trainings and its facts, read from files."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from gengap.exhibits import ALL_NETWORKS, RANDOM_MATRICES
from gengap.render.captions import shown_number
from gengap.render.exhibit import Figure, Table, read_exhibit
from gengap.report.runs import read_runs, training_line
from gengap.report.words import findings, how_to_read
from gengap.runtime.readers import read_json, whole

FIRST = ("test_error", "overview")
"""Figures that a page shows before all sections."""


@dataclass(frozen=True)
class Shown:
    """A table or figure of a page.

    Attributes:
        path: of its files, without ending.
        exhibit: what its JSON file says.
    """

    path: Path
    exhibit: Table | Figure

    @property
    def name(self) -> str:
        """Of its files."""
        return self.path.name

    @property
    def is_table(self) -> bool:
        """Whether it is a table."""
        return isinstance(self.exhibit, Table)

    @property
    def number(self) -> str:
        """As the paper writes it; empty for those beyond the paper's."""
        return shown_number(self.exhibit.number)

    @property
    def heading(self) -> str:
        """Its title, with its number where it has one."""
        kind = "Table" if self.is_table else "Figure"
        return f"{kind} {self.number}. {self.exhibit.title}" if self.number else self.exhibit.title

    @property
    def chart(self) -> str:
        """The interactive form of a figure with the numbers of its CSV file, as JSON for a page; empty without one."""
        if not isinstance(self.exhibit, Figure) or not self.exhibit.chart:
            return ""
        numbers = self.path.with_suffix(".csv").read_text(encoding="utf-8")
        data = {"values": numbers, "format": {"type": "csv"}}
        # A `<` could end the script that it stands in.
        return json.dumps({**self.exhibit.chart, "data": data}, ensure_ascii=False).replace("<", "\\u003c")

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


def read_content(files: Mapping[str, Sequence[str]], subject: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a run has made.

    Args:
        files: paths by kind: `exhibits` (JSON, in order), `facts`, `metrics` and `provenance`.
        subject: `title`, `note`, `results`, `of_the_paper`, `experiments` and `dataset_notes` of the configuration, and
            of each of the exhibits, by its name, the `module` and the `section`.

    Returns:
        All but the exhibits of `subject`, and `first`, the figures that tell the result, `sections`, all other tables
        and figures by section (networks in order, what compares them, random matrices), `how_to_read` (heading and text
        for tables and figures of one kind, for the kinds that there are), `facts`, the `findings` that tell them, and
        `trainings`, a line for each. Text is not yet escaped.
    """
    shown = [Shown(path.with_suffix(""), read_exhibit(path)) for path in map(Path, files["exhibits"])]
    of = subject["exhibits"]
    sections: dict[str, list[Shown]] = {}
    for one in shown:
        if one.name not in FIRST:
            sections.setdefault(of[one.name]["section"], []).append(one)
    last = [name for name in (ALL_NETWORKS, RANDOM_MATRICES) if name in sections]
    facts = read_json(files["facts"][0])
    modules = {of[one.name]["module"] for one in shown}
    return {
        **{name: value for name, value in subject.items() if name != "exhibits"},
        "first": sorted((one for one in shown if one.name in FIRST), key=lambda one: FIRST.index(one.name)),
        "sections": {name: sections[name] for name in [*(name for name in sections if name not in last), *last]},
        "how_to_read": [one for module, one in how_to_read().items() if module in modules],
        "facts": facts,
        "findings": findings(facts),
        "trainings": [training_line(run) for run in read_runs(zip(files["provenance"], files["metrics"], strict=True))],
    }
