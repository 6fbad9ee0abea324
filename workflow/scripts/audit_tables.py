"""Tabulate the audit: near-rank loss and its controls, precisions, Proposition 3, and the paper's claims."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gengap.audit.joined import joined
from gengap.audit.precision_table import PRECISION_COLUMNS
from gengap.audit.proposition_table import PROPOSITION_COLUMNS
from gengap.audit.table_files import Measured, write_audit_tables
from gengap.job import job_log
from gengap.readers import read_csv, read_parquet
from gengap.results.rank_loss_counts import read_counts
from gengap.spectra.counts import LAYER_COLUMNS

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write those of the tables that are asked for."""
    params, inputs = snakemake.params, snakemake.input
    measured = Measured(
        counts=read_counts(inputs.counts) if inputs.counts else pd.DataFrame(),
        layers=joined(read_parquet(path, LAYER_COLUMNS) for path in inputs.layers),
        precision=joined(read_csv(path, PRECISION_COLUMNS) for path in inputs.precision),
        proposition=joined(read_csv(path, PROPOSITION_COLUMNS, may_be_empty=True) for path in inputs.proposition),
    )
    folder = Path(snakemake.output[0]).parent
    write_audit_tables(
        params.names,
        params.panels,
        measured,
        params.thresholds,
        params.tables,
        params.matrices,
        folder,
        pairs=params.pairs,
        groups=params.groups,
        tried=params.tried,
    )


with job_log(snakemake.log[0]):
    main()
