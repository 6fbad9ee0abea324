"""Write the reproduction as a document: a LaTeX source and, where TeX is installed, its PDF."""

from typing import TYPE_CHECKING

from gengap.files import write_text
from gengap.job import job_log
from gengap.results.reproduction import render
from gengap.results.reproduction_content import read_content
from gengap.results.tex import compile_or_explain

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the source, then compile it."""
    files = {name: [str(path) for path in paths] for name, paths in snakemake.input.items()}
    output = snakemake.output
    write_text(output.tex, render(read_content(files, dict(snakemake.params.items()))))
    compile_or_explain(output.tex, output.pdf)


with job_log(snakemake.log[0]):
    main()
