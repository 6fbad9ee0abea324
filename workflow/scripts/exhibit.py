"""Make one table or figure, named as its module in `gengap.exhibits`, from the files that it needs."""

from importlib import import_module
from typing import TYPE_CHECKING

from gengap.exhibits.needs import Files
from gengap.render.exhibit import write_figure, write_table
from gengap.runtime.script import job_log

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write it with its numbers and what is said of it."""
    params = snakemake.params
    module = import_module(f"gengap.exhibits.{params.module}")
    stem = snakemake.output.csv.removesuffix(".csv")
    files = Files(dict(snakemake.input.items()))
    if module.KIND == "table":
        write_table(module.make(params.subject, files), stem)
        return
    from gengap.render.style import figure_style

    with figure_style(params.style) as look:
        write_figure(module.make(params.subject, files, look), look, stem)


with job_log(snakemake.log[0]):
    main()
