"""Measure the singular values of a network's activations, trained or untrained."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.data.store import load
from gengap.runtime.device import computing_device
from gengap.runtime.script import job_log, with_defaults
from gengap.spectra.network import calibrate, initial_network, load_weights, write_spectrum

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Feed the network batches of each size and write one row per singular value.

    An untrained network's batch norm has no running statistics yet, so these are calibrated first.
    """
    inputs, params = snakemake.input, snakemake.params
    network = with_defaults(params.network, params.defaults)
    dataset = load(inputs.data)
    model = initial_network(network, dataset)
    stamp = {"code": params.code, "data": Path(inputs.data_checksum).read_text(encoding="utf-8")}
    with computing_device(network["compute"]) as device:
        if inputs.get("weights"):
            stamp["weights"] = load_weights(model, inputs.weights)
        else:
            stamp["calibration_batch_size"] = params.calibration_batch_size
            calibrate(model, network, dataset, params.calibration_batch_size, device)
        write_spectrum(
            model,
            network,
            dataset,
            params.fed_batch_sizes,
            device,
            snakemake.output.spectrum,
            partial=params.partial,
            stamp=stamp,
        )


with job_log(snakemake.log[0]):
    main()
