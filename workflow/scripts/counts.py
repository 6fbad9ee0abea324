"""Count the near-zero singular values of all networks of one experiment."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from gengap.analysis.fed_batches import shown_fed_batch
from gengap.runtime.files import write_text
from gengap.runtime.readers import read_parquet
from gengap.runtime.script import job_log
from gengap.spectra.counts import SPECTRUM_COLUMNS, count_experiment
from gengap.spectra.summaries import summaries

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def spectra() -> Iterator[tuple[Mapping[str, Any], pd.DataFrame]]:
    """Each network and its spectrum; one at a time, since they are large."""
    for network, path in zip(snakemake.params.networks, snakemake.input.spectra, strict=True):
        yield network, read_parquet(path, SPECTRUM_COLUMNS)


def main() -> None:
    """Write the totals over layers and modes, the counts of each unfolding, and what figures need besides."""
    table, layers = count_experiment(
        spectra(),
        experiment=snakemake.params.experiment,
        dataset=snakemake.params.dataset,
        model=snakemake.params.model,
        thresholds=snakemake.params.thresholds,
        relative_thresholds=snakemake.params.relative_thresholds,
    )
    curves, smallest = summaries(spectra(), snakemake.params.experiment, shown_fed_batch(table))
    for name, frame in (("table", table), ("layers", layers), ("curves", curves), ("smallest", smallest)):
        write_text(snakemake.output[name], frame.to_csv(index=False))


with job_log(snakemake.log[0]):
    main()
