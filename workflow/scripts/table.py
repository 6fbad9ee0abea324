"""Summarize runs as one table of results and set it beside the printed one."""

from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.results.table_files import write_results_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the table and its comparison, each as CSV and as LaTeX."""
    params = snakemake.params
    write_results_table(dict(params.items()), params.rows, snakemake.output.csv)


with job_log(snakemake.log[0]):
    main()
