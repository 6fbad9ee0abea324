"""Evaluate the networks on the line through two trained ones, of the smallest and the largest batch size."""

from typing import TYPE_CHECKING

from gengap.data.store import load
from gengap.minima.interpolation import interpolation
from gengap.runtime.device import computing_device
from gengap.runtime.files import write_text
from gengap.runtime.script import job_log, with_defaults
from gengap.spectra.network import initial_network, load_weights

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write a row for each place on the line and each choice of batch norm's statistics."""
    params, inputs, run = snakemake.params, snakemake.input, snakemake.wildcards
    network = with_defaults(params.network, params.defaults)
    dataset = load(inputs.data)
    ends = []
    for weights in inputs.weights:
        ends.append(initial_network(network, dataset))
        load_weights(ends[-1], weights)
    with computing_device(network["compute"]) as device:
        table = interpolation(
            *ends,
            dataset,
            network["options"]["input_scaling"],
            count=params.settings["images"],
            points=params.settings["interpolation_points"],
            calibration_batch_size=params.calibration_batch_size,
            device=device,
        )
    smallest, largest = params.batch_sizes
    table = table.assign(experiment=run.experiment, seed=run.seed, smallest=smallest, largest=largest)
    write_text(snakemake.output.table, table.to_csv(index=False))


with job_log(snakemake.log[0]):
    main()
