"""Write the reproduction as a document: a LaTeX source and, where TeX is installed, its PDF."""

from typing import TYPE_CHECKING

from gengap.report.content import read_content
from gengap.report.document import compile_or_explain, render
from gengap.runtime.files import write_text
from gengap.runtime.script import job_log

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the source, then compile it."""
    subject, output = {**snakemake.params.subject, "results": snakemake.params.results}, snakemake.output
    write_text(output.tex, render(read_content(dict(snakemake.input.items()), subject)))
    compile_or_explain(output.tex, output.pdf)


with job_log(snakemake.log[0]):
    main()
