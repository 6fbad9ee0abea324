"""Where the paper's text, tables and formulas do not fit each other: each place with its evidence.

The list stands in `report/templates/inconsistencies.yaml.j2`. Its numbers are computed here from the printed tables and
from theory; none depends on a training. `python -m gengap.exhibits.inconsistencies` writes docs/inconsistencies.md.
"""

import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from gengap.config.plan import Plan
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.paper.printed import PAPER_REPEATS, read_printed_expectations, read_printed_results
from gengap.random_matrices.expected import expectation
from gengap.random_matrices.law import load_law
from gengap.random_matrices.theory import marchenko_pastur_edges, outlier
from gengap.render.captions import PAPER, shown_label
from gengap.render.exhibit import Table
from gengap.report.words import text
from gengap.runtime.files import write_text

KIND = "table"

DOCUMENT = Path(__file__).parents[3] / "docs" / "inconsistencies.md"

_LAWS = {"A1": "gaussian", "A2": "uniform", "A3": "lognormal"}
_TEST_IMAGES = 10_000


def needs(plan: Plan) -> Needs:
    """Where a table of random matrices is the paper's, since its appendix is audited too."""
    printed = any("law" in table and table["printed"] for table in plan.tables.values())
    needed = Needs(
        printed=("tables_1_to_11.csv", "tables_a1_to_a3.csv"),
        templates=("inconsistencies.yaml.j2",),
        laws=tuple(_LAWS.values()),
    )
    return needed if printed else Needs()


def make(subject: Subject, files: Files) -> Table:
    """Each place with what stands there and the evidence."""
    found = inconsistencies()
    caption = (
        f"Places of {PAPER} where text, tables and formulas do not fit each other. The numbers are computed from the"
        " printed values and from theory."
    )
    header = ["Place", "What stands there", "Evidence"]
    return Table("Internal inconsistencies", caption, header, found.to_numpy().tolist(), data=found)


def inconsistencies() -> pd.DataFrame:
    """All places in the paper's order of subject: `place`, `statement` and `evidence`, as plain text."""
    return pd.DataFrame(yaml.safe_load(text("inconsistencies.yaml.j2", **_of_tables(), **_of_random_matrices())))


def _of_tables() -> dict[str, Any]:
    """Numbers on Tables 1 to 11."""
    tables = {str(number): read_printed_results(str(number)) for number in range(1, 12)}
    growth = [_growth(rows) for number, rows in tables.items() if number != "11"]
    factors, sizes = zip(*growth, strict=True)
    of_steps = [(number, step) for number in map(str, range(1, 7)) for step in pairwise(tables[number].items())]
    flat = [
        f"Table {number}, {shown_label(one)} to {shown_label(two)}"
        for number, ((one, first), (two, second)) in of_steps
        if second["train_error_percent"] <= first["train_error_percent"]
    ]
    error = tables["1"]["128"]["test_error_percent"]
    errors = [tables["1"][size]["test_error_percent"] for size in ("64", "128", "512")]
    return {
        "tables": tables,
        "growth": {
            "least": min(factors),
            "most": max(factors),
            "least_size": f"{min(sizes):g}",
            "most_size": f"{max(sizes):g}",
        },
        "flat": flat,
        "steps": len(of_steps),
        "first_steps": [two - one for one, two in pairwise(errors)],
        "binomial_error": math.sqrt(2 * error * (100 - error) / _TEST_IMAGES),
        "not_in_table_5": [label for label in tables["11"] if label.split("->")[0] not in tables["5"]],
    }


def _growth(rows: Mapping[str, Mapping[str, float]]) -> tuple[float, float]:
    """Factors by which the test error and the batch size grow from the first row to the last."""
    labels = list(rows)
    first, last = rows[labels[0]], rows[labels[-1]]
    return last["test_error_percent"] / first["test_error_percent"], int(labels[-1]) / int(labels[0])


def _of_random_matrices() -> dict[str, Any]:
    """Numbers on the propositions and Tables A1 to A3."""
    printed = {number: read_printed_expectations(number) for number in _LAWS}
    uniform = load_law("uniform")
    copied = [size for size, value in printed["A3"].items() if printed["A2"][size] == value]
    others = [value / printed["A2"][size] for size, value in printed["A3"].items() if size not in copied]
    return {
        "lower_edge": marchenko_pastur_edges(1000, 10)[0],
        "lower_edge_uniform": marchenko_pastur_edges(1000, 10, uniform.STANDARD_DEVIATION)[0],
        "printed_a2": printed["A2"][1000, 10],
        "outlier_tall": outlier(1000, 10, uniform.MEAN, uniform.STANDARD_DEVIATION),
        "outlier_square": outlier(1000, 1000, uniform.MEAN, uniform.STANDARD_DEVIATION),
        "copied": copied,
        "ratios": others,
        "wrong": [
            _contradicted(number, size, value)
            for number, values in printed.items()
            for size, value in values.items()
            if expectation(_LAWS[number], *size).contradicts(value, PAPER_REPEATS)
            and not (number == "A3" and size in copied)
        ],
    }


def _contradicted(number: str, size: tuple[int, int], value: float) -> dict[str, Any]:
    """A printed expectation that theory excludes, and whether it fits the narrowest size of as many rows."""
    expected, narrow = expectation(_LAWS[number], *size), expectation(_LAWS[number], size[0], 10)
    error = expected.standard_deviation / math.sqrt(PAPER_REPEATS)
    fits = size[1] != 10 and not narrow.contradicts(value, PAPER_REPEATS)
    return {
        "table": number,
        "size": size,
        "printed": value,
        "expected": expected.mean,
        "error": error,
        "errors_away": abs(value - expected.mean) / error,
        "fits_narrow": narrow.mean if fits else None,
    }


if __name__ == "__main__":
    write_text(DOCUMENT, text("inconsistencies.md.j2", rows=inconsistencies().to_dict("records")))
    print(f"Wrote {DOCUMENT}")
