"""Claims of the paper, and of works that it builds on, beside what was measured."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gengap.claims.evidence import Evidence, matrix_extremes, result_table, tried_settings
from gengap.claims.verdicts import NOT_KNOWN, judge, read_claims
from gengap.config.experiment import Experiment
from gengap.config.measured import linear_experiments, measured_experiments
from gengap.config.plan import Plan
from gengap.config.subjects import grid_subject, result_tables, untitled
from gengap.exhibits import diffusion, equal_updates, minima, remedies, widths
from gengap.exhibits.needs import Files, Needs, Subject, merged, runs_of
from gengap.paper.printed import SWITCHED
from gengap.render.exhibit import Table
from gengap.render.numbers import ABSENT

KIND = "table"


def needs(plan: Plan) -> Needs:
    """Of all that is measured, where a table is the paper's, or remedies, walks or minima are of official data."""
    tables = untitled(table for table in result_tables(plan) if table["reproduces_paper"])
    laws = {number: table["law"] for number, table in plan.tables.items() if "law" in table and table["printed"]}
    pairs, groups, walks = equal_updates.needs(plan), remedies.needs(plan), diffusion.needs(plan)
    by_width, measured_minima = widths.needs(plan), minima.needs(plan)
    told = groups or walks or len({size for _, size, _ in measured_minima.files["metrics"]}) > 1
    official = all(plan.config["datasets"][name]["source"] == "torchvision" for name in plan.datasets)
    if not (tables or laws or (official and told)):
        return Needs()
    sizes = plan.config["random_matrices"]["sizes"]
    tried = [one for grid in plan.grids if (one := grid_subject(plan, grid))["judged_against"] == SWITCHED]
    measured = measured_experiments(plan)
    subject = {
        "tables": tables,
        "laws": laws,
        "tried": tried,
        "thresholds": plan.config["spectra"]["thresholds"],
        **pairs.subject,
        **by_width.subject,
        "remedies": groups.subject,
        "treatments": {
            one.treatment: {"options": _changed(one), "rank_limit": one.options["rank_limit"]}
            for one in plan.experiments.values()
            if one.treatment
        },
        "walks": walks.subject,
        # With equal updates it is no longer the protocol that the claims are about.
        "minima": {
            **measured_minima.subject,
            "panels": [
                panel
                for panel in measured_minima.subject["panels"]
                if plan.experiments[panel["experiment"]].options["equal_updates_to"] is None
            ],
        },
        "equal": {
            pair["experiment"]: pair["equal_experiment"]
            for pair in pairs.subject["pairs"]
            if pair["equal_experiment"] in measured
        },
    }
    own: dict[str, Sequence[Any]] = {
        "metrics": runs_of([tables, tried]),
        "counts": measured,
        "layers": measured,
        "proposition_3": linear_experiments(plan),
        "extremes": [(law, *size) for law in laws.values() for size in sizes],
    }
    files = merged(own, *(needed.files for needed in (pairs, by_width, groups, walks, measured_minima)))
    return Needs(subject, files, printed=("claims.csv",), laws=list(laws.values()))


def make(subject: Subject, files: Files) -> Table:
    """A row for each claim: where it stands, the verdict by its rule, and in which tables."""
    evidence = Evidence(
        tables={
            table["number"]: result_table(table["number"], table["experiment"], table["rows"])
            for table in files.loaded(subject["tables"])
        },
        counts=files.counts,
        layers=files.of_networks("layers"),
        extremes=matrix_extremes(subject["laws"], files.extremes),
        proposition=files.of_networks("proposition_3"),
        equal_updates=equal_updates.compared(subject, files),
        widths=widths.compared(subject, files),
        equal=subject["equal"],
        remedies=_remedies(subject, files),
        walks=diffusion.walks(subject["walks"], files),
        minima=minima.networks(subject["minima"], files).reset_index().rename(columns={"label": "title"}),
        tried=tried_settings(files.loaded(subject["tried"])),
        thresholds=subject["thresholds"],
    )
    frame = judge(read_claims(), evidence)
    if not subject["tables"] and not subject["laws"]:
        frame = frame[frame["judged"] != ""].reset_index(drop=True)
    rows = [
        [
            row["claim"],
            row["place"],
            f"{row['seen']}{' (shorter runs)' if row['shorter'] else ''}" or ABSENT,
            row["left"],
            _where(row) if row["judged"] else "not measured",
        ]
        for row in frame.to_dict("records")
    ]
    return Table(
        title="Claims and what was measured",
        caption=(
            "Seen: under the paper's protocol, whatever explains it. Left: once a control holds fixed what else could"
            " explain it: the weight penalty, the number of updates, the fed batch, or the untrained network. Both"
            " follow from the measured numbers by fixed rules (workflow/gengap/claims); the CSV file has the numbers. A"
            " place names the reference whose claim the paper takes up there, and where the test is a control of ours."
            " Not known: there is no such control, or it cannot tell. Claims on remedies, walks and minima are judged"
            " for each network, on trainings of any length; remedies, where some training of the network has two seeds."
        ),
        header=("Claim", "Place", "Seen", "Left", "Where"),
        rows=rows,
        data=frame,
    )


def _changed(experiment: Experiment) -> str:
    """The options that its treatment changes; those that are chosen from words with their value."""
    values = {name: experiment.options[name] for name in sorted(experiment.untreated)}
    return " ".join(f"{name}={value}" if isinstance(value, str) else name for name, value in values.items())


def _remedies(subject: Subject, files: Files) -> pd.DataFrame:
    found = remedies.compared(subject["remedies"], files)
    none = {"options": "", "rank_limit": None}
    changed = [subject["treatments"].get(remedy, none) for remedy in found["remedy"]]
    return found.join(pd.DataFrame(changed, index=found.index, columns=list(none)))


def _where(row: Mapping[str, Any]) -> str:
    """In which of the tables that were judged a claim is seen, and left."""
    if not row["seen"]:
        return f"cannot be told from {row['judged']}"
    parts = [f"seen in {row['seen_in'] or 'none'} of {row['judged']}"]
    if row["left"] != NOT_KNOWN:
        parts.append(f"left in {row['left_in'] or 'none'}")
    return "; ".join(parts)
