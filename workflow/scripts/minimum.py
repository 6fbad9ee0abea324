"""Measure the minimum that a trained network lies in, by a module of `gengap.minima`."""

from importlib import import_module
from typing import TYPE_CHECKING

from gengap.minima.job import measure_run
from gengap.runtime.files import write_text
from gengap.runtime.script import job_log, with_defaults

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the rows of one run."""
    params, inputs, run = snakemake.params, snakemake.input, snakemake.wildcards
    network = with_defaults(params.network, params.defaults)
    measure = import_module(params.module).measure
    table = measure_run(network, inputs.weights, inputs.data, params.settings, measure)
    table = table.assign(experiment=run.experiment, seed=run.seed, trained_batch_size=run.batch_size)
    write_text(snakemake.output.table, table.to_csv(index=False))


with job_log(snakemake.log[0]):
    main()
