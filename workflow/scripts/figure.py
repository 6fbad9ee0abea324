"""Draw near-rank loss against batch size with its controls."""

from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.results.rank_loss_counts import read_counts
from gengap.results.rank_loss_figure import Panel, rank_loss_figure
from gengap.results.style import figure_style, save

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write one figure as PDF and PNG."""
    params = snakemake.params
    counts = read_counts(snakemake.input.counts)
    panels = [Panel(panel["experiment"], panel["label"]) for panel in params.panels]
    with figure_style(params.style) as look:
        figure = rank_loss_figure(
            counts,
            panels,
            threshold=params.threshold,
            convention=params.convention,
            look=look,
            note=params.get("note") or "",
        )
        save(figure, look, snakemake.output.pdf, snakemake.output.png)


with job_log(snakemake.log[0]):
    main()
