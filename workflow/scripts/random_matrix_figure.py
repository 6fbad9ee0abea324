"""Draw the histograms of the singular values of random matrices."""

from typing import TYPE_CHECKING

import pandas as pd

from gengap.job import job_log
from gengap.random_matrices.law import load_law
from gengap.results.random_matrix_figure import random_matrix_figure
from gengap.results.style import figure_style, save

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write one figure as PDF and PNG."""
    params = snakemake.params
    sizes = [(rows, columns) for rows, columns in params.sizes]
    extremes = dict(zip(sizes, snakemake.input.extremes, strict=True))
    histograms = pd.read_csv(snakemake.input.histograms)
    with figure_style(params.style) as look:
        figure = random_matrix_figure(histograms, extremes, law=load_law(params.law), look=look)
        save(figure, look, snakemake.output.pdf, snakemake.output.png)


with job_log(snakemake.log[0]):
    main()
