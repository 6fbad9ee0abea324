"""Draw near-rank loss against batch size with its controls."""

from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.results.rank_loss_files import write_rank_loss_figure

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write one figure as PDF and PNG."""
    params, output = snakemake.params, snakemake.output
    write_rank_loss_figure(dict(params.items()), snakemake.input.counts, params.style, output.png, output.pdf)


with job_log(snakemake.log[0]):
    main()
