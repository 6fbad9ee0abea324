"""Draw the near-rank loss of networks that were never trained."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.audit.untrained import write_untrained_figure
from gengap.job import job_log
from gengap.results.rank_loss_counts import read_counts

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the figure as PDF, PNG, the data drawn and what is said of it."""
    params = snakemake.params
    folder = Path(snakemake.output[0]).parent
    write_untrained_figure(
        read_counts(snakemake.input.counts),
        params.panels,
        max(params.thresholds),
        params.style,
        folder,
        batch_norm_statistics=params.batch_norm_statistics,
    )


with job_log(snakemake.log[0]):
    main()
