"""Captions and notes of tables, as plain text: the LaTeX tables and the report print the same words."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

import pandas as pd

from gengap.paper.printed import PAPER_EPOCHS, PAPER_REPEATS

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


@dataclass(frozen=True)
class Subject:
    """What a table of results is about.

    Attributes:
        number: the table's number, `1` to `11` in the paper.
        title: the first sentence of the caption, without its full stop.
        dataset: name of the data set in words.
        model: name of the network in words.
        reproduces_paper: whether the paper prints this very table.
    """

    number: str
    title: str
    dataset: str
    model: str
    reproduces_paper: bool


def results_caption(table: pd.DataFrame, subject: Subject) -> str:
    """Caption of a table of results, without its title."""
    return f"{_origin(subject)} {conditions_caption(table, subject)}"


def comparison_caption(table: pd.DataFrame, subject: Subject) -> str:
    """Caption of the form of the table that has the printed values beside the measured ones, without its title."""
    if not subject.reproduces_paper:
        return results_caption(table, subject)
    beside = f"Measured, printed ({PAPER}, Table {subject.number}) and their difference, measured minus printed."
    return f"{beside} {conditions_caption(table, subject)}"


def diverged_note(table: pd.DataFrame) -> str:
    """What the mark at a batch size means, or nothing where no run diverged."""
    rows = table[table["diverged"] > 0]
    parts = [f"{row.diverged} of {row.seeds} at {shown_label(row.batch_size)}" for row in rows.itertuples()]
    return f"Diverged runs, left out of the means: {', '.join(parts)}." if parts else ""


def misprint_marks(reasons: Iterable[str]) -> dict[str, str]:
    """The mark (a, b, …) of each distinct reason for which a printed value cannot be right."""
    return dict(zip(dict.fromkeys(filter(None, reasons)), ascii_lowercase, strict=False))


def expectations_title(law: str) -> str:
    """Title of a table of expected smallest singular values."""
    return f"Expected smallest singular value of random matrices with {LAW_LABELS[law]} entries"


def expectations_caption(repeats: Sequence[int]) -> str:
    """Caption of a table of expected smallest singular values, without its title."""
    return f"Mean of σ_min over {_range(repeats)} matrices of each size and its standard error, beside theory."


def expectations_comparison_caption(number: str, repeats: Sequence[int]) -> str:
    """Caption of the form of such a table that has the printed values, without its title."""
    return (
        f"{expectations_caption(repeats)} The difference, measured minus printed ({PAPER}, Table"
        f" {shown_number(number)}), is also given in standard errors of a difference of two means, the printed one over"
        f" {PAPER_REPEATS} matrices."
    )


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


def _origin(subject: Subject) -> str:
    if subject.reproduces_paper:
        return f"The columns of Table {subject.number} of {PAPER} and, beside them, the parts of the loss."
    return (
        f"Data: {subject.dataset}; network: {subject.model}. This is not an experiment of the paper, which"
        " prints no values to compare with."
    )


def conditions_caption(table: pd.DataFrame, subject: Subject) -> str:
    """Seeds and epochs of a table of results, and the paper's epochs where they differ."""
    return f"{_over_seeds(table)} {_epochs(table, subject)}"


def _over_seeds(table: pd.DataFrame) -> str:
    seeds = sorted(set(table["seeds"]))
    if seeds == [1]:
        return "One seed."
    return f"Mean ± standard deviation over {_range(seeds)} seeds."


def _epochs(table: pd.DataFrame, subject: Subject) -> str:
    ended = table["diverged"] < table["seeds"]
    epochs = table.loc[ended if ended.any() else ~ended, "epochs"]
    trained = f"Trained for {_range(epochs)} {'epoch' if set(epochs) == {1} else 'epochs'}"
    paper = PAPER_EPOCHS.get(subject.number) if subject.reproduces_paper else None
    if paper is None or set(epochs) == {paper}:
        return f"{trained}."
    return f"{trained}; the paper's runs have {paper}."


def _range(values: Sequence[float]) -> str:
    low, high = min(values), max(values)
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
