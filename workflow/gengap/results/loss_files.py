"""The files on what the losses are made of."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gengap.results.comparison_items import loss_parts_item
from gengap.results.item import write_table_item
from gengap.results.item_figure import write_figure_item
from gengap.results.loss_parts import loss_parts, printed_train_losses
from gengap.results.printed import MISPRINTS, PRINTED_RESULTS
from gengap.results.printed_decay import printed_decay, printed_decay_item
from gengap.results.style import figure_style
from gengap.results.weight_penalty import weight_penalties
from gengap.results.weight_penalty_figure import weight_penalty_figure, weight_penalty_item


def write_losses(
    tables: Sequence[Mapping[str, Any]],
    experiments: Sequence[Mapping[str, Any]],
    style: Mapping[str, Any],
    folder: Path,
    *,
    printed: bool,
    pdf: bool = True,
) -> None:
    """Write the table `loss_parts`, the figure `weight_penalty` and, with `printed`, the table `printed_decay`.

    Args:
        tables: as `loss_parts` takes them.
        experiments: as `weight_penalties` takes them.
        style: `style` of the configuration.
        folder: of the items.
        printed: whether some table stands beside print.
        pdf: write the figure as PDF too, not as PNG alone.
    """
    parts = loss_parts(tables, PRINTED_RESULTS, MISPRINTS)
    write_table_item(loss_parts_item(parts), parts, folder)
    if printed:
        decay = printed_decay(PRINTED_RESULTS, MISPRINTS)
        write_table_item(printed_decay_item(decay), decay, folder)
    penalties = weight_penalties(experiments, printed_train_losses(tables, PRINTED_RESULTS, MISPRINTS))
    with figure_style(style) as look:
        figure = weight_penalty_figure(penalties, look)
        write_figure_item(weight_penalty_item(penalties), figure, look, folder, penalties, pdf=pdf)
