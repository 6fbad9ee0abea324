"""Collect the numbers of a run that its pages tell."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.report.facts import facts
from gengap.report.runs import read_runs
from gengap.runtime.files import write_json
from gengap.runtime.readers import read_csv
from gengap.runtime.script import job_log

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write them as one JSON file."""
    inputs = snakemake.input
    frames = {
        Path(path).stem: read_csv(path, (), may_be_empty=True, dtype={"table": str, "batch_size": str})
        for path in inputs.exhibits
    }
    runs = read_runs(zip(inputs.provenance, inputs.metrics, strict=True))
    write_json(snakemake.output[0], facts(snakemake.params.tables, frames, runs))


with job_log(snakemake.log[0]):
    main()
