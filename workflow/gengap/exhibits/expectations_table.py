"""Tables A1 to A3, and a user's own: the expected smallest singular value of random matrices."""

import math
from functools import partial

from gengap.analysis.expectations import expectations_table
from gengap.config.plan import Plan
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.paper.printed import PAPER_REPEATS, read_misprints, read_printed_expectations
from gengap.render.captions import LAW_LABELS, PAPER, misprint_marks, shown_number, value_range
from gengap.render.exhibit import Cell, Table
from gengap.render.numbers import fixed, signed

KIND = "table"

_HEADER = ("Matrix size", "E\u00a0σ_min", "Standard error", "Theory", "Printed", "Difference", "In standard errors")


def needs(plan: Plan) -> dict[str, Needs]:
    """One for each table of a law."""
    settings = plan.config["random_matrices"]
    sizes = [*settings["sizes"], *settings["control_sizes"]]
    return {
        f"table_{number}": Needs(
            subject={
                "number": number,
                "law": table["law"],
                "title": table.get("title", ""),
                "reproduces_paper": table["printed"],
            },
            files={"extremes": [(table["law"], *size) for size in sizes]},
            printed=("tables_a1_to_a3.csv", "misprints.csv"),
            laws=(table["law"],),
        )
        for number, table in plan.tables.items()
        if "law" in table
    }


def make(subject: Subject, files: Files) -> Table:
    """A row for each size: the mean over the repeats, theory, and the printed value."""
    from gengap.random_matrices.expected import expected_smallest

    number, law = subject["number"], subject["law"]
    printed = read_printed_expectations(number) if subject["reproduces_paper"] else {}
    table = expectations_table(files.extremes[law], partial(expected_smallest, law), printed, read_misprints(number))
    marks = misprint_marks(table["misprint"])
    rows: list[list[Cell | str]] = [
        [
            f"{row['rows']} × {row['columns']}",
            *(fixed(row[column]) for column in ("mean", "standard_error", "theory")),
            Cell(_printed(row["printed"]), mark=marks.get(row["misprint"], "")),
            signed(row["difference"]),
            signed(row["difference_in_standard_errors"], 1),
        ]
        for row in table.to_dict("records")
    ]
    repeats = value_range(table["repeats"])
    caption = f"Mean of σ_min over {repeats} matrices of each size and its standard error, beside theory."
    if printed:
        caption += (
            f" The difference, measured minus printed ({PAPER}, Table {shown_number(number)}), is also given in"
            f" standard errors of a difference of two means, the printed one over {PAPER_REPEATS} matrices."
        )
    return Table(
        title=subject["title"] or f"Expected smallest singular value of random matrices with {LAW_LABELS[law]} entries",
        caption=caption,
        header=_HEADER,
        rows=rows,
        notes=[(mark, f"Cannot be right. {reason}") for reason, mark in marks.items()],
        number=number,
        data=table,
    )


def _printed(value: float) -> str:
    return "not printed" if math.isnan(value) else fixed(value)
