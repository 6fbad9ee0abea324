"""Sample the singular values of random matrices of one law and size."""

from typing import TYPE_CHECKING

from gengap.random_matrices.partial import discard
from gengap.random_matrices.sample import extremes, sample
from gengap.runtime.files import atomic_path
from gengap.runtime.script import job_log

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write all singular values, and the smallest and largest of each matrix."""
    params = snakemake.params
    spectrum = sample(
        params.law,
        params.rows,
        params.columns,
        params.repeats,
        params.seed,
        params.partial,
        code=params.code,
        threads=params.threads,
    )
    with atomic_path(snakemake.output.spectrum) as path:
        spectrum.to_parquet(path, index=False)
    with atomic_path(snakemake.output.extremes) as path:
        extremes(spectrum).to_csv(path, index=False, lineterminator="\n")
    discard(params.partial)


with job_log(snakemake.log[0]):
    main()
