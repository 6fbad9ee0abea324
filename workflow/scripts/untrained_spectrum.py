"""Measure the singular values of an untrained network's activations, its batch-norm statistics calibrated."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.data.store import load
from gengap.device import computing_device
from gengap.job import job_log
from gengap.spectra.job import calibrate, initial_network, write_spectrum

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Initialise the network, calibrate it, feed it batches of each size and write one row per singular value."""
    network = snakemake.params.network
    calibration_batch_size = snakemake.params.calibration_batch_size
    dataset = load(snakemake.input.data)
    model = initial_network(network, dataset)
    stamp = {
        "code": snakemake.params.code,
        "data": Path(snakemake.input.data_checksum).read_text(encoding="utf-8"),
        "calibration_batch_size": calibration_batch_size,
    }
    with computing_device(network["compute"]) as device:
        calibrate(model, network, dataset, calibration_batch_size, device)
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
