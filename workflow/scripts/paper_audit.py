"""Judge the printed expectations of random matrices, and list where the paper contradicts itself."""

from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.results.inconsistencies import inconsistencies, inconsistencies_item
from gengap.results.item import write_table_item
from gengap.results.printed import PRINTED_EXPECTATIONS, read_printed_expectations
from gengap.results.random_matrix_agreement import (
    PrintedTable,
    agreement,
    agreement_item,
    misprints,
    misprints_item,
)

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Write the items that the configuration gives something to show."""
    params = snakemake.params
    if params.tables:
        sizes = [(rows, columns) for rows, columns in params.sizes]
        files = iter(snakemake.input.extremes)
        extremes = {table["law"]: {size: next(files) for size in sizes} for table in params.tables}
        tables = [
            PrintedTable(
                str(table["number"]),
                table["law"],
                read_printed_expectations(PRINTED_EXPECTATIONS, str(table["number"]))
                if table["reproduces_paper"]
                else {},
            )
            for table in params.tables
        ]
        frame = agreement(tables, extremes)
        write_table_item(agreement_item(frame), frame, params.folder)
        if "random_matrix_misprints" in params.shown:
            wrong = misprints(frame)
            write_table_item(misprints_item(wrong), wrong, params.folder)
    if "inconsistencies" in params.shown:
        found = inconsistencies()
        write_table_item(inconsistencies_item(found), found, params.folder)


with job_log(snakemake.log[0]):
    main()
