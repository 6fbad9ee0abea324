"""Captions and notes of tables, as plain text: the LaTeX tables and the report print the same words."""

import re
from collections.abc import Iterable, Mapping, Sequence
from string import ascii_lowercase
from typing import Any

import pandas as pd

from gengap.paper.printed import PAPER_EPOCHS

PAPER = "arXiv 2210.12184"

# A symbol with an index, as in σ_min, b_s or t_th, in two groups; a name like lenet5_mnist is none.
INDEXED = r"(?<!\w)([A-Za-zσ])_([A-Za-z]{1,3})(?!\w)"

COLUMN_LABELS = {
    "train_error_percent": "Train error",
    "test_error_percent": "Test error",
    "train_loss": "Train loss",
    "test_loss": "Test loss",
    "train_cross_entropy": "Train cross-entropy",
    "test_cross_entropy": "Test cross-entropy",
    "weight_penalty": "Weight penalty",
    "updates": "Updates",
}

LAW_LABELS = {"gaussian": "Gaussian", "uniform": "uniform U(0, 1)", "lognormal": "lognormal(0, 1)"}


def results_caption(table: pd.DataFrame, subject: Mapping[str, Any]) -> str:
    """Caption of a table of results: what stands beside the measured values, seeds and epochs.

    Args:
        table: what `results_table` returns.
        subject: one of `result_tables`.
    """
    number, printed = subject["number"], subject["reproduces_paper"]
    beside = f"Measured, printed ({PAPER}, Table {number}) and their difference, measured minus printed."
    if not printed:
        beside = (
            f"Data: {subject['dataset']}; network: {subject['model']}. This is not an experiment of the paper, which"
            " prints no values to compare with."
        )
    seeds = "One seed."
    if set(table["seeds"]) != {1}:
        seeds = f"Mean ± standard deviation over {value_range(table['seeds'])} seeds."
    ended = table["diverged"] < table["seeds"]
    epochs = table.loc[ended if ended.any() else ~ended, "epochs"]
    trained = f"Trained for {value_range(epochs)} {'epoch' if set(epochs) == {1} else 'epochs'}"
    if printed and number in PAPER_EPOCHS and set(epochs) != {PAPER_EPOCHS[number]}:
        trained += f"; the paper's runs have {PAPER_EPOCHS[number]}"
    return f"{beside} {seeds} {trained}."


def diverged_note(table: pd.DataFrame) -> str:
    """What the mark at a batch size means, or nothing where no run diverged."""
    rows = table[table["diverged"] > 0]
    parts = [f"{row.diverged} of {row.seeds} at {shown_label(row.batch_size)}" for row in rows.itertuples()]
    return f"Diverged runs, left out of the means: {', '.join(parts)}." if parts else ""


def misprint_marks(reasons: Iterable[str]) -> dict[str, str]:
    """The mark (a, b, …) of each distinct reason for which a printed value cannot be right."""
    return dict(zip(dict.fromkeys(filter(None, reasons)), ascii_lowercase, strict=False))


def shown_label(label: str) -> str:
    """A row's label for readers: `4096 → 128` for `4096->128`."""
    return str(label).replace("->", " → ")


def enumerated(parts: Sequence[str]) -> str:
    """Parts of a sentence: `a, b and c`."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def shown_number(number: str) -> str:
    """A number as the paper writes it, `A1` for `a1`; a user's own name stays as it is."""
    return number.upper() if re.fullmatch(r"[a-z]\d+", number) else number


def shown_treatment(name: str) -> str:
    """The name of a treatment as readers see it: `rate 0.4` for `rate_0p4`, `none` without one."""
    parts = name.split("_")
    return " ".join(part.replace("p", ".") if part[:1].isdigit() else part for part in parts) or "none"


def value_range(values: Iterable[float]) -> str:
    """The one value that all are, or the smallest and the largest: `1 to 3`."""
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
