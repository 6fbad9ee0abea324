"""The paper's claims beside what was measured."""

from collections.abc import Mapping
from typing import Any

from gengap.claims.evidence import Evidence, read_extremes, result_table, tried_settings
from gengap.claims.verdicts import judge, read_claims
from gengap.config.measured import linear_experiments, measured_experiments
from gengap.config.plan import Plan
from gengap.config.subjects import grid_subject
from gengap.exhibits.equal_updates import equal_updates, paired
from gengap.exhibits.files import Files
from gengap.exhibits.needs import Needs, runs_of
from gengap.exhibits.settings import with_rows
from gengap.exhibits.widths import of_widths, widths
from gengap.render.exhibit import Table
from gengap.results.printed import SWITCHED

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
    pairs, by_width = paired(plan) or Needs({"pairs": []}), of_widths(plan)
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
            },
            metrics=list(dict.fromkeys([*runs, *pairs.metrics, *by_width.metrics])),
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
        tried=tried_settings(
            {**grid, "settings": [{**one, "rows": files.rows(one["rows"])} for one in grid["settings"]]}
            for grid in subject["tried"]
        ),
        threshold=max(thresholds),
        smaller=min(thresholds) if min(thresholds) < max(thresholds) else None,
    )
    frame = judge(read_claims(), evidence)
    rows = []
    for row in frame.to_dict("records"):
        verdict = f"{row['verdict']} (here: {row['provisional']})" if row["provisional"] else row["verdict"]
        rows.append([row["claim"], row["place"], verdict, row["evidence"]])
    counts = frame["verdict"].value_counts()
    return Table(
        title="Claims of the paper and what was measured",
        caption=(
            "Verdicts follow from the measured numbers by fixed rules (workflow/gengap/claims) and rest"
            " on runs of the paper's data and length alone; what shorter runs say is in parentheses. An"
            " arrow leads from the smallest to the largest batch size; τ is Kendall's rank correlation, and a trend"
            " needs 0.6. A claim holds with a confound where something else than what it names explains what is seen:"
            " the weight penalty, the size of the fed batch, the number of updates, or a premise that is not met."
            " A place names the reference whose claim the paper takes up there, and where the test is a control of ours"
            " and not the paper's own."
            f" Verdicts: {'; '.join(f'{verdict}: {count}' for verdict, count in counts.items())}."
        ),
        header=("Claim", "Place", "Verdict", "Evidence"),
        rows=rows,
        data=frame,
    )
