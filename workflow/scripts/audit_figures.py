"""Draw the audit of near-rank loss: counts against thresholds, effective ranks, smallest singular values."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.audit.figure_files import write_audit_figures
from gengap.audit.networks import read_networks
from gengap.job import job_log

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write each figure as PDF, PNG, the data drawn and what is said of it."""
    inputs, params = snakemake.input, snakemake.params
    networks = read_networks(inputs.counts, inputs.layers, inputs.curves, inputs.smallest)
    folder = Path(snakemake.output[0]).parent
    write_audit_figures(networks, params.panels, params.thresholds, params.style, folder)


with job_log(snakemake.log[0]):
    main()
