"""The paper's claims beside what was measured."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gengap.claims.evidence import Evidence, read_extremes, result_table, tried_settings
from gengap.claims.verdicts import NOT_FULL, NOT_TESTED, judge, read_claims
from gengap.config.measured import linear_experiments, measured_experiments
from gengap.config.plan import Plan
from gengap.config.subjects import equal_update_pairs, grid_subject
from gengap.exhibits.equal_updates import equal_updates, paired
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs, runs_of
from gengap.exhibits.remedies import remedies, treated
from gengap.exhibits.settings import with_rows
from gengap.exhibits.widths import of_widths, widths
from gengap.paper.printed import SWITCHED
from gengap.render.exhibit import Table
from gengap.render.numbers import ABSENT

KIND = "table"


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all that is measured, where a table is the paper's."""
    if not any(table["printed"] for table in plan.tables.values()):
        return {}
    tables = [
        {
            "number": number,
            "experiment": table["experiment"],
            "reproduces_paper": True,
            "rows": plan.table_rows(number),
        }
        for number, table in plan.tables.items()
        if "experiment" in table and table["printed"]
    ]
    sizes = [tuple(size) for size in plan.config["random_matrices"]["sizes"]]
    matrices = [
        {"number": number, "law": table["law"], "reproduces_paper": True, "sizes": sizes}
        for number, table in plan.tables.items()
        if "law" in table and table["printed"]
    ]
    tried = [with_rows(plan, grid) for grid in plan.grids if grid_subject(plan, grid)["judged_against"] == SWITCHED]
    pairs, by_width, groups = (
        paired(plan) or Needs({"pairs": []}),
        of_widths(plan),
        treated(plan) or Needs({"groups": []}),
    )
    limits = {one.treatment: limit for one in plan.experiments.values() if (limit := one.options["rank_limit"])}
    runs = runs_of(
        *(table["rows"] for table in tables), *(setting["rows"] for grid in tried for setting in grid["settings"])
    )
    measured = measured_experiments(plan)
    return {
        "claims": Needs(
            subject={
                "tables": tables,
                "matrices": matrices,
                "tried": tried,
                "thresholds": plan.config["spectra"]["thresholds"],
                **pairs.subject,
                **by_width.subject,
                "remedies": groups.subject,
                "rank_limits": limits,
                "equal": {
                    pair["normal"]: pair["equal"] for pair in equal_update_pairs(plan) if pair["equal"] in measured
                },
            },
            metrics=list(dict.fromkeys([*runs, *pairs.metrics, *by_width.metrics, *groups.metrics])),
            history=groups.history,
            counts=measured,
            layers=measured,
            proposition_3=linear_experiments(plan),
            extremes=[(table["law"], size) for table in matrices for size in sizes],
            printed=("claims.csv",),
            laws=[table["law"] for table in matrices],
        )
    }


def make(name: str, subject: Mapping[str, Any], files: Files) -> Table:
    """A row for each claim: where it stands, the verdict by its rule, and the numbers."""
    thresholds = subject["thresholds"]
    extremes, full_matrices = read_extremes(subject["matrices"], files.extremes)
    evidence = Evidence(
        tables={
            table["number"]: result_table({**table, "rows": files.rows(table["rows"])}) for table in subject["tables"]
        },
        counts=files.counts,
        layers=files.of_networks("layers"),
        extremes=extremes,
        full_matrices=full_matrices,
        proposition=files.of_networks("proposition_3"),
        equal_updates=equal_updates(subject, files),
        widths=widths(subject, files),
        equal=subject["equal"],
        rank_limits=_rank_limits(subject, files),
        tried=tried_settings(
            {**grid, "settings": [{**one, "rows": files.rows(one["rows"])} for one in grid["settings"]]}
            for grid in subject["tried"]
        ),
        threshold=max(thresholds),
        smaller=min(thresholds) if min(thresholds) < max(thresholds) else None,
    )
    frame = judge(read_claims(), evidence)
    rows = [
        [
            row["claim"],
            row["place"],
            f"{row['seen']}{' (shorter runs)' if row['verdict'] == NOT_FULL else ''}" or ABSENT,
            row["left"],
            row["evidence"] if not row["judged"] else _where(row),
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
