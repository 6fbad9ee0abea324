"""Printed expectations of random matrices that cannot be right, and what they may be."""

from collections.abc import Mapping
from typing import Any

from gengap.analysis.printed_expectations import SURELY, misprints, size_text
from gengap.config.plan import Plan
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs
from gengap.exhibits.random_matrix_agreement import expected, printed_agreement
from gengap.render.captions import shown_number
from gengap.render.exhibit import Table
from gengap.render.numbers import fixed, signed

KIND = "table"


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all tables of random matrices, where the paper prints one."""
    found = expected(plan)
    printed = found and any(table["reproduces_paper"] for table in found.subject["tables"])
    return {"random_matrix_misprints": found} if found and printed else {}


def make(name: str, subject: Mapping[str, Any], files: Files) -> Table:
    """A row for each entry that measurement excludes, with the evidence on what it may be."""
    wrong = misprints(printed_agreement(subject, files))
    caption = (
        f"Entries more than {SURELY:g} standard errors from the measured mean (z). The evidence is sought among the"
        " other printed entries and all sizes measured here."
    )
    rows = [
        [
            f"{shown_number(row['table'])}, {size_text(row)}",
            *map(fixed, (row["printed"], row["measured"], row["theory"])),
            signed(row["z_printed_measured"], 1),
            row["evidence"],
        ]
        for row in wrong.to_dict("records")
    ]
    header = ["Table and size", "Printed", "Measured", "Theory", "z", "Evidence"]
    title = "Printed expectations of random matrices that cannot be right"
    return Table(title, caption, header, rows, data=wrong)
