"""The files of a table of expected smallest singular values, from the extremes of random matrices."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from gengap.files import write_text
from gengap.random_matrices.expected import expected_smallest
from gengap.results.captions import (
    THEORY,
    expectations_caption,
    expectations_comparison_caption,
    expectations_title,
    titled,
)
from gengap.results.latex import expectations_comparison_latex, expectations_latex
from gengap.results.printed import MISPRINTS, PRINTED_EXPECTATIONS, read_misprints, read_printed_expectations
from gengap.results.random_matrix_tables import Size, expectations_comparison, expectations_table


def write_expectations_table(item: Mapping[str, Any], extremes: Mapping[Size, str | Path], path: str | Path) -> None:
    """Write one of Tables A1 to A3, or a user's own, as CSV and LaTeX, and beside the printed values likewise.

    Args:
        item: `number`, `law`, `reproduces_paper` and, if it has one of its own, `title`.
        extremes: by (rows, columns), in the table's order, the CSV file with `sigma_min` of every repeat.
        path: `table_<n>.csv`; the other files stand beside it.
    """
    number, law = str(item["number"]), item["law"]
    title = item.get("title") or expectations_title(law)
    printed = read_printed_expectations(PRINTED_EXPECTATIONS, number) if item["reproduces_paper"] else {}
    table = expectations_table(extremes, partial(expected_smallest, law))
    comparison = expectations_comparison(table, printed, read_misprints(MISPRINTS, number))
    caption = titled(title, f"{expectations_caption(table['repeats'])} {THEORY}")
    comparison_text = titled(title, f"{expectations_comparison_caption(number, table['repeats'])} {THEORY}")
    stem = str(path).removesuffix(".csv")
    write_text(f"{stem}.csv", table.to_csv(index=False))
    write_text(f"{stem}.tex", expectations_latex(table, number, caption))
    write_text(f"{stem}_comparison.csv", comparison.to_csv(index=False))
    write_text(
        f"{stem}_comparison.tex", expectations_comparison_latex(comparison, f"{number}-comparison", comparison_text)
    )
