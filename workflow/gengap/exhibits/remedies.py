"""Remedies against the gap of large batches, at the large batch size and at the small one."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis.remedies import ENDS, remedies_table
from gengap.config.plan import Plan
from gengap.config.remedies import remedy_groups
from gengap.exhibits.needs import Files, Needs, Subject, runs_of
from gengap.render.captions import shown_treatment
from gengap.render.exhibit import Cell, Table, grouped
from gengap.render.numbers import ABSENT, fixed, signed, whole_percent

KIND = "table"

# Of an end at which a remedy changes nothing.
_SAME = "="
_CLIPPED = " Clipped: share of the updates whose gradient was clipped, where the history of the training tells it."


def needs(plan: Plan) -> Needs:
    """Of all experiments that are run with and without treatments, at a small and at a large batch size."""
    groups = []
    for group in remedy_groups(plan):
        base = plan.experiments[group["experiment"]]
        experiments = dict.fromkeys(ENDS, base.name)
        none = {"name": "", "same": [], "borrowed": [], "seeds": base.seeds, "experiments": experiments}
        remedies = []
        for remedy in (none, *group["remedies"]):
            ends = {
                end: {"runs": [(experiment, group[end], seed) for seed in remedy["seeds"]]}
                for end, experiment in remedy["experiments"].items()
            }
            remedies.append({**{key: remedy[key] for key in ("name", "same", "borrowed")}, "ends": ends})
        groups.append({**group, "remedies": remedies})
    metrics = runs_of(groups)
    # Of trainings measured before, not all have their history.
    clipped = [run for run in metrics if plan.experiments[run[0]].options["gradient_clipping"] is not None]
    history = [] if plan.config["measured"] is not None else clipped
    return Needs({"groups": groups}, {"metrics": metrics, "history": history})


def compared(subject: Subject, files: Files) -> pd.DataFrame:
    """One line per group and remedy, as `remedies_table` returns it."""
    groups, known = files.loaded(subject["groups"]), files.of_trainings("history")
    for end in (end for group in groups for remedy in group["remedies"] for end in remedy["ends"].values()):
        end["clipped"] = [_clipped(known[tuple(run)]) for run in end["runs"] if tuple(run) in known]
    return remedies_table(groups)


def _clipped(history: pd.DataFrame) -> float:
    """Share of the clipped updates of a training, in percent."""
    updates = np.diff(history["updates"].to_numpy(float), prepend=0)
    return float((history["clipped_percent"] * updates).sum() / updates.sum())


def make(subject: Subject, files: Files) -> Table:
    """Test error at both ends, what the remedy changes, what is left of the gap, and a verdict."""
    frame = compared(subject, files)
    clipped = bool(frame[[f"clipped_{end}" for end in ENDS]].notna().any(axis=None))
    rows: list[list[Cell | str]] = []
    for line in frame.to_dict("records"):
        network = Cell(line["title"], f"at {line['small']} and {line['large']}")
        ends = [cell for end in ENDS for cell in _end(line, end, clipped)]
        gap = [signed(line["gap"], 2), whole_percent(line["closed_percent"]), line["verdict"], line["of_gap"]]
        rows.append([network, shown_treatment(line["remedy"]), *ends, *gap])
    return Table(
        title="Remedies at the small and at the large batch size",
        caption=(
            "Test error (%) at the smallest and at the largest batch size with each remedy, and by how many"
            " percentage points it changes that of the same seeds; negative is better. An equals sign: at this batch"
            " size the remedy is the training without it. A dash: not run. Gap: error at the large less that at the"
            " small batch, and the part of it that the remedy closes."
            f"{_CLIPPED if clipped else ''} σ is the standard deviation of one seed, pooled over the trainings of a"
            " network, t Student's 97.5 % point for it, k the number of seeds, at the batch size that has fewer. A"
            " change is seen beyond tσ√(2/k), one of the gap beyond 2tσ/√k. Where no training of a network has two"
            " seeds, nothing is judged. A remedy for large batches alone would change nothing at the small batch and"
            " leave no gap."
        ),
        header=(
            "Network",
            "Remedy",
            *(f"{name}, {end}" for end in ENDS for name in ("Error", "Change", "Clipped")[: 2 + clipped]),
            "Gap",
            "Gap closed",
            "Verdict",
            "Gap then",
        ),
        rows=grouped(rows),
        data=frame,
    )


def _end(line: Mapping[str, Any], end: str, clipped: bool) -> list[str]:
    error = (
        "diverged" if line[f"diverged_{end}"] and math.isnan(line[f"error_{end}"]) else fixed(line[f"error_{end}"], 2)
    )
    change = _SAME if line[f"same_{end}"] else signed(line[f"change_{end}"], 2) if line["remedy"] else ABSENT
    return [error, change, *([whole_percent(line[f"clipped_{end}"])] if clipped else [])]
