"""Set trainings of equal epochs beside trainings of equal updates."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.results.equal_updates_files import write_equal_updates

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write a table and a figure."""
    params = snakemake.params
    write_equal_updates(params.pairs, params.style, Path(snakemake.output.table[0]).parent)


with job_log(snakemake.log[0]):
    main()
