"""Evaluate Proposition 3 of the paper on the trained linear networks of one experiment."""

from typing import TYPE_CHECKING

import pandas as pd

from gengap.audit.proposition_3 import evaluate
from gengap.data.store import load
from gengap.device import computing_device
from gengap.files import write_text
from gengap.job import job_log
from gengap.spectra.job import initial_network, load_weights
from gengap.training.scaling import input_scaling

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the bound and what it bounds, each network fed a batch of the size that it was trained with."""
    params, dataset = snakemake.params, load(snakemake.input.data)
    scaling = input_scaling(params.network["options"]["input_scaling"], dataset.train_images)
    tables = []
    with computing_device(params.network["compute"]) as device:
        for (experiment, batch_size, seed), weights in zip(params.runs, snakemake.input.weights, strict=True):
            model = initial_network(params.network, dataset)
            load_weights(model, weights)
            table = evaluate(model, dataset.train_images, scaling, batch_size, device)
            tables.append(table.assign(experiment=experiment, seed=seed, trained_batch_size=batch_size))
    write_text(snakemake.output.table, pd.concat(tables).to_csv(index=False))


with job_log(snakemake.log[0]):
    main()
