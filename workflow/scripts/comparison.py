"""Set every printed value beside the measured one, and the slopes of both against the batch size."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.results.comparison import compare_with_print
from gengap.results.comparison_figure import comparison_figure, comparison_figure_item
from gengap.results.comparison_items import comparison_item, comparison_losses_item, slopes_item
from gengap.results.item import write_table_item
from gengap.results.item_figure import write_figure_item
from gengap.results.printed import MISPRINTS, PRINTED_RESULTS
from gengap.results.slopes import slopes
from gengap.results.style import figure_style

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write three tables and a figure."""
    params, folder = snakemake.params, Path(snakemake.output.tables[0]).parent
    measured = {table["number"]: table["rows"] for table in params.tables}
    titles = {table["number"]: table["title"] for table in params.tables}
    frame = compare_with_print(measured, PRINTED_RESULTS, MISPRINTS)
    rises = slopes(frame)
    write_table_item(comparison_item(frame), frame, folder)
    write_table_item(comparison_losses_item(frame), frame[frame["column"] != "test_error_percent"], folder)
    write_table_item(slopes_item(rises), rises, folder)
    with figure_style(params.style) as look:
        write_figure_item(comparison_figure_item(frame), comparison_figure(frame, titles, look), look, folder)


with job_log(snakemake.log[0]):
    main()
