"""Set trainings of equal epochs beside trainings of equal updates."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.results.equal_updates import equal_updates_item, equal_updates_table
from gengap.results.item import write_table_item

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write one table."""
    frame = equal_updates_table(snakemake.params.pairs)
    write_table_item(equal_updates_item(frame), frame, Path(snakemake.output[0]).parent)


with job_log(snakemake.log[0]):
    main()
