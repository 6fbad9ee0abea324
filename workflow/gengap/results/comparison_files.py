"""The files that set measured beside printed values."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gengap.results.comparison import compare_with_print
from gengap.results.comparison_figure import comparison_figure, comparison_figure_item
from gengap.results.comparison_items import comparison_item, comparison_losses_item, slopes_item
from gengap.results.item import write_table_item
from gengap.results.item_figure import write_figure_item
from gengap.results.printed import MISPRINTS, PRINTED_RESULTS
from gengap.results.seed_scatter import seed_scatter, seed_scatter_item
from gengap.results.slopes import slopes
from gengap.results.style import figure_style


def write_comparison(
    tables: Sequence[Mapping[str, Any]], style: Mapping[str, Any], folder: Path, *, pdf: bool = True
) -> None:
    """Write `comparison`, its `_losses` and `_figure`, `slopes`, and where a row has two seeds `seed_scatter`.

    Args:
        tables: `number`, `title` and `rows` (as `results_table` takes them) of tables that the paper prints.
        style: `style` of the configuration.
        folder: of the items.
        pdf: write the figure as PDF too, not as PNG alone.
    """
    measured = {table["number"]: table["rows"] for table in tables}
    titles = {table["number"]: table["title"] for table in tables}
    frame = compare_with_print(measured, PRINTED_RESULTS, MISPRINTS)
    rises = slopes(frame)
    write_table_item(comparison_item(frame), frame, folder)
    write_table_item(comparison_losses_item(frame), frame[frame["column"] != "test_error_percent"], folder)
    write_table_item(slopes_item(rises), rises, folder)
    if any(len(row["metrics"]) > 1 for table in tables for row in table["rows"]):
        scatter = seed_scatter(frame)
        write_table_item(seed_scatter_item(scatter), scatter, folder)
    with figure_style(style) as look:
        figure = comparison_figure(frame, titles, look)
        write_figure_item(comparison_figure_item(frame), figure, look, folder, pdf=pdf)
