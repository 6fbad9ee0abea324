"""Measure the singular values of a trained network's activations."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.data.store import load
from gengap.device import computing_device
from gengap.job import job_log
from gengap.spectra.job import initial_network, load_weights, write_spectrum

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Load the network, feed it batches of each size and write one row per singular value."""
    network = snakemake.params.network
    dataset = load(snakemake.input.data)
    model = initial_network(network, dataset)
    stamp = {
        "code": snakemake.params.code,
        "data": Path(snakemake.input.data_checksum).read_text(encoding="utf-8"),
        "weights": load_weights(model, snakemake.input.weights),
    }
    with computing_device(network["compute"]) as device:
        write_spectrum(
            model,
            network,
            dataset,
            snakemake.params.fed_batch_sizes,
            device,
            snakemake.output.spectrum,
            partial=snakemake.params.partial,
            stamp=stamp,
        )


with job_log(snakemake.log[0]):
    main()
