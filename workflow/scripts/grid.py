"""Rank the settings of a grid by their distance to a printed table, here and on data that did not choose them."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.results.settings_files import write_settings

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake

with job_log(snakemake.log[0]):
    params = snakemake.params
    paths = [Path(path) for path in snakemake.output]
    shown = {path.stem for path in paths}
    write_settings(snakemake.wildcards.grid, params.grid, params.held_out, shown, paths[0].parent)
