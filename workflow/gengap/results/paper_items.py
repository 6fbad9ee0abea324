"""What is audited of the paper itself: printed expectations against measurement, text against tables."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from gengap.results.inconsistencies import inconsistencies, inconsistencies_item
from gengap.results.item import write_table_item
from gengap.results.printed import PRINTED_EXPECTATIONS, read_printed_expectations
from gengap.results.random_matrix_agreement import PrintedTable, agreement, agreement_item, misprints, misprints_item
from gengap.results.random_matrix_tables import Size


def write_paper_items(
    items: Sequence[Mapping[str, Any]],
    extremes: Mapping[str, Mapping[Size, str | Path]],
    shown: Collection[str],
    folder: str | Path,
) -> None:
    """Write the items named in `shown`.

    Args:
        items: `number`, `law` and `reproduces_paper` of the tables of random matrices.
        extremes: by law and (rows, columns), the CSV file with `sigma_min` of every repeat.
        shown: of `random_matrix_agreement`, `random_matrix_misprints` and `inconsistencies`.
        folder: of the items.
    """
    if "random_matrix_agreement" in shown:
        frame = agreement([_printed_table(item) for item in items], extremes)
        write_table_item(agreement_item(frame), frame, folder)
        if "random_matrix_misprints" in shown:
            wrong = misprints(frame)
            write_table_item(misprints_item(wrong), wrong, folder)
    if "inconsistencies" in shown:
        found = inconsistencies()
        write_table_item(inconsistencies_item(found), found, folder)


def _printed_table(item: Mapping[str, Any]) -> PrintedTable:
    number = str(item["number"])
    printed = read_printed_expectations(PRINTED_EXPECTATIONS, number) if item["reproduces_paper"] else {}
    return PrintedTable(number, item["law"], printed)
