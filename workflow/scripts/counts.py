"""Count the near-zero singular values of all networks of one experiment."""

from typing import TYPE_CHECKING

from gengap.files import write_text
from gengap.job import job_log
from gengap.readers import read_parquet
from gengap.spectra.counts import SPECTRUM_COLUMNS, count_experiment
from gengap.spectra.storage import write_parquet

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the totals over layers and modes as CSV and the counts of each unfolding as Parquet."""
    table, layers = count_experiment(
        [(network, read_parquet(network["path"], SPECTRUM_COLUMNS)) for network in snakemake.params.spectra],
        experiment=snakemake.params.experiment,
        dataset=snakemake.params.dataset,
        model=snakemake.params.model,
        thresholds=snakemake.params.thresholds,
        relative_thresholds=snakemake.params.relative_thresholds,
    )
    write_parquet(layers, snakemake.output.layers)
    write_text(snakemake.output.table, table.to_csv(index=False))


with job_log(snakemake.log[0]):
    main()
