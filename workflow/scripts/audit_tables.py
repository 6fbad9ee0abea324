"""Tabulate the audit: near-rank loss and its controls, precisions, Proposition 3, and the paper's claims."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gengap.audit.joined import joined
from gengap.audit.networks import read_rows
from gengap.audit.table_files import Measured, write_audit_tables
from gengap.job import job_log
from gengap.results.rank_loss_counts import read_counts

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write those of the tables that are asked for."""
    params, inputs = snakemake.params, snakemake.input
    measured = Measured(
        counts=read_counts(inputs.counts) if inputs.counts else pd.DataFrame(),
        layers=read_rows(inputs.layers),
        precision=joined(map(pd.read_csv, inputs.precision)),
        proposition=joined(map(pd.read_csv, inputs.proposition)),
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
