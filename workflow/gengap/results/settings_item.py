"""The settings of a grid as a table to read."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gengap.results.captions import PAPER, shown_label
from gengap.results.item import TableItem
from gengap.results.numbers import ABSENT, fixed
from gengap.results.printed import PAPER_EPOCHS, PrintedRows
from gengap.results.settings import OPTION, held_out_of, ranked_elsewhere, score, varied_options

# Settings that are shown; the others stand in the CSV file.
SHOWN = 12
_ERROR = "test_error_percent at "
_DEFAULT = "*"


def settings_item(name: str, grid: Mapping[str, Any], frame: pd.DataFrame, printed: PrintedRows) -> TableItem:
    """The nearest settings, the one that the experiment has without its grid, and the farthest.

    Args:
        name: name of the item.
        grid: `title` and `judged_against`.
        frame: what `gengap.results.settings.with_held_out` returns.
        printed: the printed rows that it is judged against; empty where there are none.
    """
    options = varied_options(frame)
    labels = [column.removeprefix(_ERROR) for column in frame if column.startswith(_ERROR)]
    held_out = held_out_of(frame)
    distances = ["distance", "distance_errors", "distance_losses"] if "distance" in frame else []
    header = ["Rank", *map(_word, options)]
    header += ["Distance", "of errors", "of losses"][: len(distances)]
    header += [text for label in held_out for text in (f"Distance, {label}", f"Rank, {label}")]
    header += [f"Test error at {shown_label(label)}" for label in labels]
    rows = []
    if any(label in printed for label in labels):
        empty = [ABSENT] * (len(header) - 1 - len(labels))
        rows.append(["print", *empty, *(_printed(printed, label) for label in labels)])
    shown = frame[(frame["rank"] < SHOWN) | frame["is_default"] | (frame["rank"] == len(frame))]
    for line in shown.to_dict("records"):
        row = [f"{line['rank']}{_DEFAULT if line['is_default'] else ''}", *(line[column] for column in options)]
        row += [_distance(line[column]) for column in distances]
        for label in held_out:
            rank = line[f"rank: {label}"]
            row += [_distance(line[f"distance: {label}"]), ABSENT if math.isnan(rank) else f"{rank:.0f}"]
        rows.append(row + [_error(line, label) for label in labels])
    notes = []
    if frame["is_default"].any():
        notes.append((_DEFAULT, "What the experiment's recipe, variant and treatment say without the grid."))
    title = f"Settings of {grid['title']}: {_words(options)}"
    return TableItem(name, title, _caption(grid, frame, held_out, len(shown)), header, rows, notes)


def options_item(name: str, grid: Mapping[str, Any], frame: pd.DataFrame, effects: pd.DataFrame) -> TableItem:
    """What each value of an option does, whatever the others are.

    Args:
        name: name of the item.
        grid: `title` and `judged_against`.
        frame: the settings.
        effects: what `gengap.results.settings.option_effects` makes of them.
    """
    medians = [column for column in effects if column.startswith("median")]
    rows = [
        [
            f"{line['option'].replace('_', ' ')}: {line['value']}",
            str(line["settings"]),
            _distance(line["best"]),
            *(_distance(line[column]) for column in medians),
        ]
        for line in effects.to_dict("records")
    ]
    of = "Distance to the print" if score(frame) == "distance" else "Mean test error"
    caption = (
        f"{of} of all settings that share one value of an option: the best of them and their median. An option that"
        " matters has values whose medians lie far apart."
    )
    header = (
        "Option",
        "Settings",
        "Best",
        *(column.replace("median: ", "Median, ").replace("median", "Median") for column in medians),
    )
    title = f"Options of {grid['title']}: {_words(varied_options(frame))}"
    return TableItem(name, title, caption, header, rows)


def _words(options: Sequence[str]) -> str:
    return ", ".join(map(_word, options))


def _word(option: str) -> str:
    """The name of a column of an option as readers see it."""
    return option.removeprefix(OPTION).replace("_", " ")


def _caption(grid: Mapping[str, Any], frame: pd.DataFrame, held_out: list[str], shown: int) -> str:
    number = grid["judged_against"]
    parts = []
    if number:
        parts.append(
            f"Distance to Table {number} of {PAPER}: root mean square of (measured − printed)/scale over all rows that"
            " were run and the four printed columns, train and test error and train and test loss; the scale of a"
            " column is its printed range from the smallest to the largest value, and misprints and columns that do"
            " not vary are left out. 0 is the print itself, 1 as far as the paper's smallest from its largest value."
        )
        if held_out:
            parts.append(f"The settings are ranked here; the choice is then judged on {' and on '.join(held_out)}.")
        parts.append(_findings(frame))
    else:
        parts.append("Settings are ranked by their mean test error over all batch sizes.")
    parts.append(f"{shown} of {len(frame)} settings are shown; the CSV file has all, with all columns.")
    epochs = " to ".join(f"{value:g}" for value in sorted({frame["epochs"].min(), frame["epochs"].max()}))
    paper = PAPER_EPOCHS[number] if number else None
    parts.append(f"Epochs: {epochs}" + ("." if paper is None or epochs == str(paper) else f", of the paper's {paper}."))
    return " ".join(parts)


def _findings(frame: pd.DataFrame) -> str:
    """The nearest setting and the default one, with their ranks on held-out data."""
    if frame["distance"].isna().all():
        return "No row that was run is printed."
    ranked = ranked_elsewhere(frame)
    sentences = [f"Nearest is {_described(frame.iloc[0], varied_options(frame), ranked)}"]
    default = frame[frame["is_default"]]
    if len(default) and default.index[0] != 0:
        line = default.iloc[0]
        sentences.append(
            f"the setting marked {_DEFAULT} has rank {line['rank']} of {len(frame)}{_elsewhere(line, ranked)}"
        )
    diverged = int(frame["distance"].map(math.isinf).sum())
    if diverged:
        sentences.append(f"in {diverged} settings all seeds of some row diverged")
    return "; ".join(sentences) + "."


def _described(line: pd.Series, options: list[str], ranked: Mapping[str, int]) -> str:
    setting = ", ".join(f"{name.removeprefix(OPTION).replace('_', ' ')} {line[name]}" for name in options)
    return f"{setting} (distance {_distance(line['distance'])}){_elsewhere(line, ranked)}"


def _elsewhere(line: pd.Series, ranked: Mapping[str, int]) -> str:
    ranks = {label: line[f"rank: {label}"] for label in ranked}
    return "".join(
        f", rank {rank:.0f} of {ranked[label]} on {label}" for label, rank in ranks.items() if not math.isnan(rank)
    )


def _distance(value: float) -> str:
    return "diverged" if math.isinf(value) else fixed(value, 3)


def _error(line: Mapping[str, Any], label: str) -> str:
    value = line[f"{_ERROR}{label}"]
    return "diverged" if math.isnan(value) else fixed(value, 2)


def _printed(printed: PrintedRows, label: str) -> str:
    return fixed(printed[label]["test_error_percent"], 2) if label in printed else ABSENT
