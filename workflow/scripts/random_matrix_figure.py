"""Draw the histograms of the singular values of random matrices."""

from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.results.histogram_files import write_random_matrix_figure

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write one figure as PDF and PNG."""
    params, files, output = snakemake.params, snakemake.input, snakemake.output
    sizes = [(rows, columns) for rows, columns in params.sizes]
    extremes = dict(zip(sizes, files.extremes, strict=True))
    write_random_matrix_figure(params.law, files.histograms, extremes, params.style, output.png, output.pdf)


with job_log(snakemake.log[0]):
    main()
