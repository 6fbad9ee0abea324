"""The numbers that the paper prints, and which of them are known to be misprints."""

import csv
from collections.abc import Mapping
from pathlib import Path

PAPER = Path(__file__).parents[1] / "paper"

# What the paper tabulates of a training, in the order of its columns.
PRINTED_COLUMNS = ("train_error_percent", "test_error_percent", "train_loss", "test_loss")
BESIDE_TEST_ERROR = ("train_error_percent", "train_loss", "test_loss")

# Section 5.2: 200 epochs on CIFAR (Tables 1 to 4), 60 on MNIST and Fashion-MNIST (Tables 5 to 11).
PAPER_EPOCHS = {str(number): 200 if number <= 4 else 60 for number in range(1, 12)}

# The table of batch sizes that are switched during training; the paper does not say when. Its row that is not switched
# is one of Table 5.
SWITCHED = "11"

# Section A1.2: every expectation of Tables A1 to A3 is a mean over 100 matrices.
PAPER_REPEATS = 100

PrintedRows = Mapping[str, Mapping[str, float]]
Misprints = Mapping[tuple[str, str], str]


def read_printed_results(number: str) -> PrintedRows:
    """Printed rows of one of Tables 1 to 11: row label -> column -> value.

    Labels are those of `row_label`; errors are in percent, losses in nats plus the weight penalty.
    A number that the paper does not have gives no rows.
    """
    return {
        row_label(row["batch_size"]): {column: float(row[column]) for column in PRINTED_COLUMNS}
        for row in _rows("tables_1_to_11.csv", number)
    }


def read_printed_expectations(number: str) -> Mapping[tuple[int, int], float]:
    """Printed E σ_min of one of Tables A1 to A3, by (rows, columns) of the matrix."""
    return {
        (int(row["rows"]), int(row["columns"])): float(row["expected_min_singular_value"])
        for row in _rows("tables_a1_to_a3.csv", number)
    }


def read_misprints(number: str) -> Misprints:
    """Why a printed value cannot be right: (row label, column) -> reason; empty where none is known."""
    return {
        (row_label(row["row"]), row["column"].strip()): row["reason"].strip() for row in _rows("misprints.csv", number)
    }


def row_label(text: str) -> str:
    """One spelling of a row: `4096->128` for `4096 → 128`, `4000x50` for `4000 × 50`."""
    return "".join(text.split()).replace("→", "->").replace("×", "x")


def first_batch_size(label: str) -> int:
    """The batch size with which the training of a row begins: 4096 for `4096->128`."""
    return int(str(label).partition("->")[0])


def _rows(name: str, number: str) -> list[dict[str, str]]:
    with open(PAPER / name, encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["table"].lower() == number.lower()]
