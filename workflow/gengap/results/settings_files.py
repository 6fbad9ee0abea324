"""The files on the settings of a grid."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from gengap.results.item import write_table_item
from gengap.results.printed import MISPRINTS, PRINTED_RESULTS, read_printed_results
from gengap.results.settings import held_out_labels, option_effects, settings_table, with_held_out
from gengap.results.settings_item import options_item, settings_item


def write_settings(
    name: str,
    grid: Mapping[str, Any],
    held_out: Sequence[Mapping[str, Any]],
    shown: Collection[str],
    folder: Path,
) -> None:
    """Write the tables named in `shown`.

    Args:
        name: of the grid that chooses.
        grid: as `settings_table` takes it, with its `title`, its `dataset` in words and its settings' `batch_sizes`.
        held_out: the grids that judge the choice, likewise.
        shown: of `settings_<name>` and `options_<name>`.
        folder: of the items.
    """
    tables = (settings_table(other, PRINTED_RESULTS, MISPRINTS) for other in held_out)
    frame = settings_table(grid, PRINTED_RESULTS, MISPRINTS)
    frame = with_held_out(frame, dict(zip(held_out_labels(grid, held_out), tables, strict=True)))
    settings, options = f"settings_{name}", f"options_{name}"
    if settings in shown:
        printed = read_printed_results(PRINTED_RESULTS, grid["judged_against"]) if grid["judged_against"] else {}
        write_table_item(settings_item(settings, grid, frame, printed), frame, folder)
    if options in shown:
        effects = option_effects(frame)
        write_table_item(options_item(options, grid, frame, effects), effects, folder)
