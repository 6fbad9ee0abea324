"""Summarize runs as one table of results and set it beside the printed one."""

from typing import TYPE_CHECKING

from gengap.files import write_text
from gengap.job import job_log
from gengap.results.captions import LOSS, Subject, comparison_caption, results_caption, titled
from gengap.results.latex import comparison_latex, results_latex
from gengap.results.printed import MISPRINTS, PRINTED_RESULTS, read_misprints, read_printed_results
from gengap.results.tables import comparison_table, results_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the table and its comparison, each as CSV and as LaTeX."""
    params, output = snakemake.params, snakemake.output
    number = str(params.number)
    subject = Subject(number, params.title, params.dataset, params.model, params.reproduces_paper)
    printed = read_printed_results(PRINTED_RESULTS, number) if params.reproduces_paper else {}
    table = results_table(params.rows)
    comparison = comparison_table(table, printed, read_misprints(MISPRINTS, number))
    caption = titled(params.title, f"{results_caption(table, subject)} {LOSS}")
    comparison_text = titled(params.title, f"{comparison_caption(table, subject)} {LOSS}")
    write_text(output.csv, table.to_csv(index=False))
    write_text(output.tex, results_latex(table, number, caption))
    write_text(output.comparison_csv, comparison.to_csv(index=False))
    write_text(output.comparison_tex, comparison_latex(comparison, f"{number}-comparison", comparison_text))


with job_log(snakemake.log[0]):
    main()
