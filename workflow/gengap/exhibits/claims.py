"""The paper's claims beside what was measured."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gengap.claims.evidence import Evidence, matrix_extremes, result_table, tried_settings
from gengap.claims.verdicts import NOT_TESTED, judge, read_claims
from gengap.config.measured import linear_experiments, measured_experiments
from gengap.config.plan import Plan
from gengap.config.subjects import equal_update_pairs, grid_subject
from gengap.exhibits.equal_updates import equal_updates, paired
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs, runs_of
from gengap.exhibits.remedies import remedies, treated
from gengap.exhibits.settings import loaded, with_rows
from gengap.exhibits.widths import of_widths, widths
from gengap.paper.printed import SWITCHED
from gengap.render.exhibit import Table
from gengap.render.numbers import ABSENT

KIND = "table"


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all that is measured, where a table is the paper's."""
    printed = {number: table for number, table in plan.tables.items() if table["printed"]}
    if not printed:
        return {}
    tables = [
        {"number": number, "experiment": table["experiment"], "rows": plan.table_rows(number)}
        for number, table in printed.items()
        if "experiment" in table
    ]
    laws = {number: table["law"] for number, table in printed.items() if "law" in table}
    sizes = [tuple(size) for size in plan.config["random_matrices"]["sizes"]]
    tried = [with_rows(plan, grid) for grid in plan.grids if grid_subject(plan, grid)["judged_against"] == SWITCHED]
    pairs, groups = paired(plan) or Needs({"pairs": []}), treated(plan) or Needs({"groups": []})
    by_width, measured = of_widths(plan), measured_experiments(plan)
    runs = runs_of(
        *(table["rows"] for table in tables), *(setting["rows"] for grid in tried for setting in grid["settings"])
    )
    subject = {
        "tables": tables,
        "laws": laws,
        "tried": tried,
        "thresholds": plan.config["spectra"]["thresholds"],
        **pairs.subject,
        **by_width.subject,
        "remedies": groups.subject,
        "rank_limits": {
            one.treatment: limit for one in plan.experiments.values() if (limit := one.options["rank_limit"])
        },
        "equal": {pair["normal"]: pair["equal"] for pair in equal_update_pairs(plan) if pair["equal"] in measured},
    }
    return {
        "claims": Needs(
            subject,
            metrics=list(dict.fromkeys([*runs, *pairs.metrics, *by_width.metrics, *groups.metrics])),
            history=groups.history,
            counts=measured,
            layers=measured,
            proposition_3=linear_experiments(plan),
            extremes=[(law, size) for law in laws.values() for size in sizes],
            printed=("claims.csv",),
            laws=list(laws.values()),
        )
    }


def make(name: str, subject: Mapping[str, Any], files: Files) -> Table:
    """A row for each claim: where it stands, the verdict by its rule, and in which tables."""
    evidence = Evidence(
        tables={
            table["number"]: result_table(table["number"], table["experiment"], files.rows(table["rows"]))
            for table in subject["tables"]
        },
        counts=files.counts,
        layers=files.of_networks("layers"),
        extremes=matrix_extremes(subject["laws"], files.extremes),
        proposition=files.of_networks("proposition_3"),
        equal_updates=equal_updates(subject, files),
        widths=widths(subject, files),
        equal=subject["equal"],
        rank_limits=_rank_limits(subject, files),
        tried=tried_settings(loaded(grid, files) for grid in subject["tried"]),
        thresholds=subject["thresholds"],
    )
    frame = judge(read_claims(), evidence)
    rows = [
        [
            row["claim"],
            row["place"],
            f"{row['seen']}{' (shorter runs)' if row['shorter'] else ''}" or ABSENT,
            row["left"],
            _where(row) if row["judged"] else row["evidence"],
        ]
        for row in frame.to_dict("records")
    ]
    return Table(
        title="Claims of the paper and what was measured",
        caption=(
            "Seen: under the paper's protocol, whatever explains it. Left: once a control holds fixed what else could"
            " explain it: the weight penalty, the number of updates, the fed batch, or the untrained network. Both"
            " follow from the measured numbers by fixed rules (workflow/gengap/claims); the CSV file has the numbers. A"
            " place names the reference whose claim the paper takes up there, and where the test is a control of ours."
        ),
        header=("Claim", "Place", "Seen", "Left", "In tables"),
        rows=rows,
        data=frame,
    )


def _rank_limits(subject: Mapping[str, Any], files: Files) -> pd.DataFrame:
    found = remedies(subject["remedies"], files)
    return found.assign(rank_limit=found["remedy"].map(subject["rank_limits"])).dropna(subset=["rank_limit"])


def _where(row: Mapping[str, Any]) -> str:
    """In which of the tables that were judged a claim is seen, and left."""
    parts = [f"seen in {row['seen_in'].replace(' ', ', ') or 'none'} of {row['judged'].replace(' ', ', ')}"]
    if row["left"] != NOT_TESTED:
        parts.append(f"left in {row['left_in'].replace(' ', ', ') or 'none'}")
    return "; ".join(parts)
