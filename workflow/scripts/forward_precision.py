"""Count near-zero singular values of trained networks after forward passes of several precisions."""

from typing import TYPE_CHECKING

import pandas as pd
import torch

from gengap.remeasure.rounding import precision_counts
from gengap.remeasure.trained import measure_again
from gengap.runtime.files import write_text
from gengap.runtime.script import job_log, with_defaults

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the counts of all networks of one experiment that are measured again, all fed one batch."""
    params, inputs = snakemake.params, snakemake.input
    network = with_defaults(params.network, params.defaults)
    residual_output = network["residual_output"]

    def measure(model, images, scaling, _batch_size: int, device: torch.device) -> pd.DataFrame:
        fed, thresholds = params.fed_batch_size, params.thresholds
        return precision_counts(model, images, scaling, fed, thresholds, device, residual_output)

    table = measure_again(network, params.runs, inputs.weights, inputs.data, measure)
    write_text(snakemake.output.table, table.to_csv(index=False))


with job_log(snakemake.log[0]):
    main()
