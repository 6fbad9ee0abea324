"""Summarize the smallest singular values of random matrices and set them beside theory and the printed table."""

from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.results.expectation_files import write_expectations_table

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the table and its comparison, each as CSV and as LaTeX."""
    params = snakemake.params
    sizes = [(rows, columns) for rows, columns in params.sizes]
    extremes = dict(zip(sizes, snakemake.input.extremes, strict=True))
    write_expectations_table(dict(params.items()), extremes, snakemake.output.csv)


with job_log(snakemake.log[0]):
    main()
