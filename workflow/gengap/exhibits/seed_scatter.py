"""How far the print lies from the measured means, in units of what another seed alone would do."""

from gengap.analysis.seed_noise import seed_scatter
from gengap.config.plan import Plan
from gengap.exhibits import comparison
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.render.captions import PAPER
from gengap.render.exhibit import Table
from gengap.render.numbers import fixed

KIND = "table"


def needs(plan: Plan) -> Needs:
    """Of all tables with rows that the paper prints, where one has two seeds."""
    found = comparison.needs(plan)
    seeds = [len(row["runs"]) for table in found.subject["tables"] for row in table["rows"]]
    return found if max(seeds, default=0) > 1 else Needs()


def make(subject: Subject, files: Files) -> Table:
    """One row per table."""
    frame = seed_scatter(comparison.compared(subject, files))
    rows = [
        [
            f"Table {line['table']}",
            str(line["rows"]),
            fixed(line["deviation"], 3),
            fixed(line["rms_difference"], 3),
            fixed(line["ratio"], 1),
            *("< 0.001" if line[name] < 0.001 else fixed(line[name], 3) for name in ("p", "p_but_largest")),
        ]
        for line in frame.to_dict("records")
    ]
    caption = (
        "What test errors differ by that only their seed tells apart, and what the print differs by from their means"
        f" ({PAPER}), in percentage points over the rows of a table with two seeds or more. Seeds: standard deviation,"
        " pooled over the rows. Print: root mean square of printed − mean. Ratio: that difference in units of what one"
        " more seed would make, so 1 is what another seed would give. p: the probability of a ratio as large, by an F"
        " test, of all rows and without the largest batch size. It takes the deviation to be the same for all batch"
        " sizes. With six rows of two seeds it sees ratios above 2 only."
    )
    header = ("Table", "Rows", "Seeds", "Print", "Ratio", "p", "p, but the largest")
    notes = [] if rows else [("", "No row was trained for the paper's epochs with two seeds that did not diverge.")]
    return Table("Seeds and the distance of the print", caption, header, rows, notes, data=frame)
