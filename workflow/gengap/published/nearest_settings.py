"""Which of the settings that were tried come nearest to the print."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.published.contents import Contents
from gengap.render.numbers import ABSENT
from gengap.results.captions import shown_number
from gengap.results.report import Cell, ReportTable
from gengap.results.settings import OPTION, ranked_elsewhere, setting_text, varied_options

# Settings of a grid that are shown beside the nearest one.
_OTHERS = 3


def nearest_settings(contents: Contents, target: Path) -> ReportTable | None:
    """A row for each grid that chooses; nothing where none does.

    Args:
        contents: what is published.
        target: the folder with the audit.
    """
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
        sizes = len({row["label"] for entry in grid["settings"] for row in entry["rows"]})
        network = f"{grid['title']}, Table {grid['judged_against']} ({sizes} batch size{'s' * (sizes > 1)})"
        cells = (network, best, "; ".join(others[:_OTHERS]), "; ".join(elsewhere) or ABSENT)
        rows.append([Cell(text) for text in cells])
    caption = (
        "What was tried, each with its distance to all printed columns at once, over the batch sizes and seeds that all"
        " settings of a row have: 0 is the print, 1 as far as the printed table's smallest from its largest value, so a"
        " table that hardly varies gives large distances. One more seed can move a distance as much as a setting does."
        " Held out: the rank of the nearest on data or batch sizes that did not choose it, among as many settings as"
        " were run there."
    )
    header = ["Network", "Nearest", "Others, nearest first", "Held out"]
    title = "Where the paper is silent or in doubt"
    return ReportTable("", title, caption, header, rows) if rows else None


def _settings_of_tables(contents: Contents, grid: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
    """Published tables that show the trainings of a setting of a grid, in words, and the setting as a line."""
    for number, table in contents.tables.items():
        for entry in grid["settings"]:
            if table.get("experiment") == entry["name"]:
                line = {f"{OPTION}{name}": setting_text(value) for name, value in entry["setting"].items()}
                yield f"Table {shown_number(number)} here", line


def _setting(line: Mapping[str, Any], options: Sequence[str]) -> str:
    return ", ".join(f"{option.removeprefix(OPTION).replace('_', ' ')} {line[option]}" for option in options)
