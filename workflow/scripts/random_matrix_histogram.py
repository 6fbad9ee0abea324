"""Bin the singular values of random matrices of one law."""

from typing import TYPE_CHECKING

from gengap.random_matrices.histogram import histograms
from gengap.random_matrices.law import load_law
from gengap.runtime.files import write_text
from gengap.runtime.script import job_log

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write one table of bins for all sizes."""
    sizes = [(rows, columns) for rows, columns in snakemake.params.sizes]
    spectra = dict(zip(sizes, snakemake.input.spectra, strict=True))
    table = histograms(spectra, centred=load_law(snakemake.params.law).MEAN == 0)
    write_text(snakemake.output.histograms, table.to_csv(index=False))


with job_log(snakemake.log[0]):
    main()
