"""Show everything on one page."""

from typing import TYPE_CHECKING

from gengap.report.content import read_content
from gengap.report.html import render
from gengap.runtime.files import write_text
from gengap.runtime.script import job_log

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the page."""
    subject = {**snakemake.params.subject, "results": snakemake.params.results}
    write_text(snakemake.output.html, render(read_content(dict(snakemake.input.items()), subject)))


with job_log(snakemake.log[0]):
    main()
