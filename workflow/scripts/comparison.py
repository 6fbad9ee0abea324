"""Set every printed value beside the measured one, and the slopes of both against the batch size."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.results.comparison_files import write_comparison

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the tables and a figure."""
    params = snakemake.params
    write_comparison(params.tables, params.style, Path(snakemake.output.tables[0]).parent)


with job_log(snakemake.log[0]):
    main()
