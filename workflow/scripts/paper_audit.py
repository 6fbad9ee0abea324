"""Judge the printed expectations of random matrices, and list where the paper contradicts itself."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.results.paper_items import write_paper_items

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the items that the configuration gives something to show."""
    params = snakemake.params
    sizes = [(rows, columns) for rows, columns in params.sizes]
    files = iter(snakemake.input.extremes)
    extremes = {table["law"]: {size: next(files) for size in sizes} for table in params.tables}
    write_paper_items(params.tables, extremes, params.shown, Path(snakemake.output[0]).parent)


with job_log(snakemake.log[0]):
    main()
