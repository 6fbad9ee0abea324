"""The files of a table of results, from the metrics of its runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gengap.files import write_text
from gengap.results.captions import LOSS, Subject, comparison_caption, not_run, results_caption, titled
from gengap.results.latex import comparison_latex, results_latex
from gengap.results.printed import MISPRINTS, PRINTED_RESULTS, read_misprints, read_printed_results
from gengap.results.tables import comparison_table, results_table


def write_results_table(
    item: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], path: str | Path, missing: Sequence[str] = ()
) -> None:
    """Write one of Tables 1 to 11, or a user's own, as CSV and LaTeX, and beside the printed values likewise.

    Args:
        item: `number`, `title`, `dataset`, `model` and `reproduces_paper`.
        rows: `label` and `metrics`, the paths of `metrics.json`, of each row.
        path: `table_<n>.csv`; the other files stand beside it.
        missing: labels of rows that were not run, for the caption.
    """
    number = str(item["number"])
    subject = Subject(number, item["title"], item["dataset"], item["model"], item["reproduces_paper"])
    printed = read_printed_results(PRINTED_RESULTS, number) if subject.reproduces_paper else {}
    table = results_table(rows)
    comparison = comparison_table(table, printed, read_misprints(MISPRINTS, number))
    absent = not_run(missing)
    caption = titled(subject.title, f"{results_caption(table, subject)} {LOSS}{absent}")
    comparison_text = titled(subject.title, f"{comparison_caption(table, subject)} {LOSS}{absent}")
    stem = str(path).removesuffix(".csv")
    write_text(f"{stem}.csv", table.to_csv(index=False))
    write_text(f"{stem}.tex", results_latex(table, number, caption))
    write_text(f"{stem}_comparison.csv", comparison.to_csv(index=False))
    write_text(f"{stem}_comparison.tex", comparison_latex(comparison, f"{number}-comparison", comparison_text))
