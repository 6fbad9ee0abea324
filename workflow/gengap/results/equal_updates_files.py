"""The files that set trainings of equal epochs beside trainings of equal updates."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gengap.results.equal_updates import equal_updates_item, equal_updates_table
from gengap.results.equal_updates_figure import equal_updates_figure, equal_updates_figure_item
from gengap.results.item import write_table_item
from gengap.results.item_figure import write_figure_item
from gengap.results.style import figure_style


def write_equal_updates(
    pairs: Sequence[Mapping[str, Any]], style: Mapping[str, Any], folder: Path, *, pdf: bool = True
) -> None:
    """Write the table `equal_updates` and the figure `equal_updates_figure`.

    Args:
        pairs: as `equal_updates_table` takes them.
        style: `style` of the configuration.
        folder: of the items.
        pdf: write the figure as PDF too, not as PNG alone.
    """
    frame = equal_updates_table(pairs)
    write_table_item(equal_updates_item(frame), frame, folder)
    with figure_style(style) as look:
        figure = equal_updates_figure(frame, look)
        write_figure_item(equal_updates_figure_item(frame), figure, look, folder, pdf=pdf)
