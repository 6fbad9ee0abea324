"""Tabulate the audit: near-rank loss and its controls, precisions, Proposition 3, and the paper's claims."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from gengap.audit import claims, near_rank_loss, precision_table, proposition_table
from gengap.audit.evidence import Evidence, read_distances, read_extremes, result_table
from gengap.audit.panels import Panel
from gengap.job import job_log
from gengap.results.item import write_table_item
from gengap.results.rank_loss_counts import read_counts

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write those of the tables that are asked for."""
    params, inputs = snakemake.params, snakemake.input
    folder = Path(snakemake.output[0]).parent
    panels = {
        name: [Panel(panel["experiment"], panel["label"]) for panel in chosen] for name, chosen in params.panels.items()
    }
    counts = read_counts(inputs.counts) if inputs.counts else pd.DataFrame()
    precision, proposition = (
        pd.concat(map(pd.read_csv, files), ignore_index=True) if files else pd.DataFrame()
        for files in (inputs.precision, inputs.proposition)
    )
    if "near_rank_loss" in params.names:
        frame = near_rank_loss.summaries(counts, panels["near_rank_loss"], params.thresholds)
        write_table_item(near_rank_loss.item(frame, panels["near_rank_loss"], params.threshold), frame, folder)
    if "forward_precision" in params.names:
        write_table_item(precision_table.item(precision, panels["forward_precision"]), precision, folder)
    if "proposition_3" in params.names:
        write_table_item(proposition_table.item(proposition, panels["proposition_3"]), proposition, folder)
    if "claims" in params.names:
        extremes, full_matrices = read_extremes(params.matrices)
        evidence = Evidence(
            tables={str(subject["number"]): result_table(subject) for subject in params.tables},
            distances=read_distances(params.tables),
            counts=counts,
            layers=pd.concat(map(pd.read_parquet, inputs.layers), ignore_index=True)
            if inputs.layers
            else pd.DataFrame(),
            extremes=extremes,
            full_matrices=full_matrices,
            proposition=proposition,
            threshold=params.threshold,
            smaller=params.smaller,
        )
        frame = claims.judge(claims.read_claims(), evidence)
        write_table_item(claims.item(frame), frame, folder)


with job_log(snakemake.log[0]):
    main()
