"""Split the rise of the loss with the batch size into its parts, and draw the weight penalty against the updates."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.results.loss_files import write_losses

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write a table or two and a figure."""
    params, folder = snakemake.params, Path(snakemake.output.tables[0]).parent
    write_losses(params.tables, params.experiments, params.style, folder, printed=params.compared)


with job_log(snakemake.log[0]):
    main()
