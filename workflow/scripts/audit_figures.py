"""Draw the audit of near-rank loss: counts against thresholds, effective ranks, smallest singular values."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.audit import effective_rank, sigma_min, threshold_curves
from gengap.audit.networks import read_networks
from gengap.audit.panels import Panel
from gengap.job import job_log
from gengap.results.item_figure import write_figure_item
from gengap.results.style import figure_style

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write each figure as PDF, PNG, the data drawn and what is said of it."""
    params = snakemake.params
    folder = Path(snakemake.output[0]).parent
    panels = [Panel(panel["experiment"], panel["label"]) for panel in params.panels]
    networks = read_networks(params.experiments)
    random = sigma_min.gaussian()
    with figure_style(params.style) as look:
        curves = threshold_curves.figure(networks.curves, panels, params.thresholds, look)
        write_figure_item(threshold_curves.item(), curves, look, folder, networks.curves)
        ranks = effective_rank.figure(networks.ranks, panels, look)
        write_figure_item(effective_rank.item(networks.ranks), ranks, look, folder, networks.ranks)
        smallest = sigma_min.figure(random, networks.dense, panels, look)
        write_figure_item(sigma_min.item(), smallest, look, folder, sigma_min.data(random, networks.dense))


with job_log(snakemake.log[0]):
    main()
