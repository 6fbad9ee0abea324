"""Collect tables, figures and the story of all runs on one page."""

from typing import TYPE_CHECKING

from gengap.files import write_text
from gengap.job import job_log
from gengap.results.report import ReportContent, render
from gengap.results.report_content import (
    how_to_read_figures,
    how_to_read_tables,
    read_audit_item,
    read_experiments,
    read_figure,
    read_table,
)
from gengap.results.report_runs import read_runs, run_line, totals

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the page."""
    files, params = snakemake.input, snakemake.params
    runs = read_runs(zip(files.provenance, files.metrics, strict=True))
    tables = zip(params.tables, files.tables, files.comparisons, strict=True)
    content = ReportContent(
        title=params.title,
        note=params.note or "",
        results=params.results,
        experiments=read_experiments(params.experiments, (run["metrics"] for run in runs), params.untrained),
        how_to_read_tables=how_to_read_tables(params.tables),
        tables=[read_table(item, table, comparison) for item, table, comparison in tables],
        how_to_read_figures=how_to_read_figures(params.figures),
        figures=[read_figure(item, png) for item, png in zip(params.figures, files.figures, strict=True)],
        audit=[read_audit_item(path) for path in files.audit],
        runs=[run_line(run) for run in runs],
        totals=totals(runs) if runs else [],
        dataset_notes=list(params.dataset_notes.items()),
    )
    write_text(snakemake.output.html, render(content))


with job_log(snakemake.log[0]):
    main()
