"""Split the rise of the loss with the batch size into its parts, and draw the weight penalty against the updates."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.results.comparison_items import loss_parts_item
from gengap.results.item import write_table_item
from gengap.results.item_figure import write_figure_item
from gengap.results.loss_parts import loss_parts
from gengap.results.printed import MISPRINTS, PRINTED_RESULTS
from gengap.results.style import figure_style
from gengap.results.weight_penalty import weight_penalties
from gengap.results.weight_penalty_figure import weight_penalty_figure, weight_penalty_item

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write one table and one figure."""
    params, folder = snakemake.params, Path(snakemake.output.tables[0]).parent
    parts = loss_parts(params.tables, PRINTED_RESULTS, MISPRINTS)
    write_table_item(loss_parts_item(parts), parts, folder)
    penalties = weight_penalties(params.experiments)
    with figure_style(params.style) as look:
        figure = weight_penalty_figure(penalties, look)
        write_figure_item(weight_penalty_item(penalties), figure, look, folder, penalties)


with job_log(snakemake.log[0]):
    main()
