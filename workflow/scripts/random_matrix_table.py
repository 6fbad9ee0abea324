"""Summarize the smallest singular values of random matrices and set them beside theory and the printed table."""

from functools import partial
from typing import TYPE_CHECKING

from gengap.files import write_text
from gengap.job import job_log
from gengap.random_matrices.expected import expected_smallest
from gengap.results.captions import (
    THEORY,
    expectations_caption,
    expectations_comparison_caption,
    expectations_title,
    titled,
)
from gengap.results.latex import expectations_comparison_latex, expectations_latex
from gengap.results.printed import (
    MISPRINTS,
    PRINTED_EXPECTATIONS,
    read_misprints,
    read_printed_expectations,
)
from gengap.results.random_matrix_tables import expectations_comparison, expectations_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the table and its comparison, each as CSV and as LaTeX."""
    params, output = snakemake.params, snakemake.output
    number, law = str(params.number), params.law
    title = params.get("title") or expectations_title(law)
    sizes = [(rows, columns) for rows, columns in params.sizes]
    extremes = dict(zip(sizes, snakemake.input.extremes, strict=True))
    printed = read_printed_expectations(PRINTED_EXPECTATIONS, number) if params.reproduces_paper else {}
    table = expectations_table(extremes, partial(expected_smallest, law))
    comparison = expectations_comparison(table, printed, read_misprints(MISPRINTS, number))
    caption = titled(title, f"{expectations_caption(table['repeats'])} {THEORY}")
    comparison_text = titled(title, f"{expectations_comparison_caption(number, table['repeats'])} {THEORY}")
    write_text(output.csv, table.to_csv(index=False))
    write_text(output.tex, expectations_latex(table, number, caption))
    write_text(output.comparison_csv, comparison.to_csv(index=False))
    write_text(
        output.comparison_tex, expectations_comparison_latex(comparison, f"{number}-comparison", comparison_text)
    )


with job_log(snakemake.log[0]):
    main()
