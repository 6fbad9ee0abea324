"""Set trainings of equal epochs beside trainings of equal updates."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.results.equal_updates import write_equal_updates

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job_log(snakemake.log[0]):
    write_equal_updates(snakemake.params.pairs, Path(snakemake.output[0]).parent)
