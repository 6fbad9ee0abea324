"""Rank the settings of a grid by their distance to a printed table, here and on data that did not choose them."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.results.item import write_table_item
from gengap.results.printed import MISPRINTS, PRINTED_RESULTS, read_printed_results
from gengap.results.settings import held_out_labels, option_effects, settings_table, with_held_out
from gengap.results.settings_item import options_item, settings_item

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write two tables."""
    grid, held_out, name = snakemake.params.grid, snakemake.params.held_out, snakemake.wildcards.grid
    folder = Path(snakemake.output[0]).parent
    tables = (settings_table(other, PRINTED_RESULTS, MISPRINTS) for other in held_out)
    frame = settings_table(grid, PRINTED_RESULTS, MISPRINTS)
    frame = with_held_out(frame, dict(zip(held_out_labels(held_out), tables, strict=True)))
    printed = read_printed_results(PRINTED_RESULTS, grid["judged_against"]) if grid["judged_against"] else {}
    write_table_item(settings_item(f"settings_{name}", grid, frame, printed), frame, folder)
    effects = option_effects(frame)
    write_table_item(options_item(f"options_{name}", grid, frame, effects), effects, folder)


with job_log(snakemake.log[0]):
    main()
