"""Evaluate Proposition 3 of the paper on the trained linear networks of one experiment."""

from typing import TYPE_CHECKING

from gengap.remeasure.perturbation import evaluate
from gengap.remeasure.trained import measure_again
from gengap.runtime.files import write_text
from gengap.runtime.script import job_log, with_defaults

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the bound and what it bounds, each network fed a batch of the size that it was trained with."""
    params, inputs = snakemake.params, snakemake.input
    network = with_defaults(params.network, params.defaults)
    table = measure_again(network, params.runs, inputs.weights, inputs.data, evaluate)
    write_text(snakemake.output.table, table.to_csv(index=False))


with job_log(snakemake.log[0]):
    main()
