"""Which printed expectations of Tables A1 to A3 agree with measurement and theory."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gengap.analysis.printed_expectations import (
    AGREES,
    DOUBTFUL,
    NOT_PRINTED,
    SURELY,
    WRONG,
    PrintedTable,
    agreement,
    agreement_limit,
    size_text,
)
from gengap.config.plan import Plan
from gengap.config.subjects import table_subject
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs
from gengap.paper.printed import PAPER_REPEATS, PRINTED_EXPECTATIONS, read_printed_expectations
from gengap.render.captions import LAW_LABELS
from gengap.render.exhibit import Table
from gengap.render.numbers import fixed, signed

KIND = "table"


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all tables of random matrices."""
    found = expected(plan)
    return {"random_matrix_agreement": found} if found else {}


def expected(plan: Plan) -> Needs | None:
    """What is told of printed expectations is made of; nothing where no table of random matrices is made."""
    settings = plan.config["random_matrices"]
    sizes = [tuple(size) for size in (*settings["sizes"], *settings["control_sizes"])]
    tables = [table_subject(plan, number) for number, table in plan.tables.items() if "law" in table]
    laws = [table["law"] for table in tables]
    extremes = [(law, size) for law in laws for size in sizes]
    return Needs({"tables": tables}, extremes=extremes, printed=("tables_a1_to_a3.csv",), laws=laws) if laws else None


def printed_agreement(subject: Mapping[str, Any], files: Files) -> pd.DataFrame:
    """One line per table and size, as `agreement` returns it."""
    tables = [
        PrintedTable(
            table["number"],
            table["law"],
            read_printed_expectations(PRINTED_EXPECTATIONS, table["number"]) if table["reproduces_paper"] else {},
        )
        for table in subject["tables"]
    ]
    return agreement(tables, files.extremes)


def make(name: str, subject: Mapping[str, Any], files: Files) -> Table:
    """Measured, expected and printed values of all sizes with their differences in standard errors."""
    frame = printed_agreement(subject, files)
    printed = frame[frame["verdict"] != NOT_PRINTED]
    counts = {verdict: int((printed["verdict"] == verdict).sum()) for verdict in (AGREES, DOUBTFUL, WRONG)}
    low, high = frame["repeats"].min(), frame["repeats"].max()
    caption = (
        f"Mean of σ_min over {low if low == high else f'{low} to {high}'} matrices with its standard error, and theory."
        " z is a difference in standard errors; the error of the formula counts as one in comparisons with theory."
    )
    if len(printed):
        caption += (
            f" A printed mean has the standard error of {PAPER_REPEATS} matrices. It agrees where |z| against the"
            f" measurement is at most {agreement_limit(frame):.2f} (exceeded by chance by one of {len(printed)} entries"
            f" in one case of twenty), and cannot be right where it is above {SURELY:g}."
            f" Of {len(printed)} printed entries {counts[AGREES]} agree, {counts[DOUBTFUL]} are doubtful and"
            f" {counts[WRONG]} cannot be right."
        )
    header = ["Entries and size", "Measured", "Standard error", "Theory", "z measured − theory"]
    header += ["Printed", "z printed − measured", "z printed − theory", "Verdict"] if len(printed) else []
    rows = []
    for row in frame.to_dict("records"):
        cells = [f"{LAW_LABELS[row['law']]}, {size_text(row)}", *map(fixed, (row["measured"], row["standard_error"]))]
        cells += [fixed(row["theory"]), signed(row["z_measured_theory"], 1)]
        if len(printed):
            cells += [fixed(row["printed"]), signed(row["z_printed_measured"], 1), signed(row["z_printed_theory"], 1)]
            cells += [row["verdict"]]
        rows.append(cells)
    title = "Random matrices: measured, expected and printed smallest singular values"
    return Table(title, caption, header, rows, data=frame)
