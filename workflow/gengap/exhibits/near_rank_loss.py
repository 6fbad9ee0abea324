"""Near-rank loss of each experiment in numbers: what shapes, the fed batch and training each have to do with it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis.count_summary import summaries
from gengap.config.measured import measured_experiments, panels_of
from gengap.config.plan import Plan
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs
from gengap.render.exhibit import Table
from gengap.render.numbers import count, plain_power
from gengap.render.panels import as_panels

KIND = "table"


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all experiments whose spectra were measured."""
    names = measured_experiments(plan)
    subject = {"panels": panels_of(plan, names), "thresholds": plan.config["spectra"]["thresholds"]}
    return {"near_rank_loss": Needs(subject, counts=names)} if names else {}


def make(name: str, subject: Mapping[str, Any], files: Files) -> Table:
    """The counts at the largest threshold, with one paragraph of conclusion for each experiment."""
    panels = as_panels(subject["panels"])
    frame = summaries(files.counts, [panel.experiment for panel in panels], subject["thresholds"])
    main = max(subject["thresholds"])
    threshold, shown = plain_power(main), frame[frame["threshold"] == main]
    rows, notes = [], []
    for panel in panels:
        here = shown[shown["experiment"] == panel.experiment].to_dict("records")
        for row in here:
            rows.append([panel.label if row is here[0] else "", row["convention"], *_cells(row)])
        notes.append(("", conclusion(panel.label, here, threshold)))
    return Table(
        title=f"Near-rank loss and its controls: numbers of singular values ≤ {threshold}",
        caption=(
            "Counts in the three conventions. Own batch: each network fed a batch of its own training batch size, as in"
            " the paper, from the smallest to the largest. The next columns are at the largest: the zeros that shapes"
            " alone force, those that shapes and, in linear networks, ranks force, the untrained network, and the count"
            " of the trained one above the floor. Fed / training: shares of the squares of the counts over the batches"
            " that all networks were fed (two-way analysis of variance without replication) that go with the size of"
            " the fed batch and with the training batch size; the rest is their interaction. A dash: not measured, or"
            " nothing varies. The paper shows its counts in figures, without numbers, so none stands beside a printed"
            " one."
        ),
        header=(
            "Experiment",
            "Count",
            "Own batch",
            "Shape floor",
            "Rank floor",
            "Untrained",
            "Above floor",
            "Fed / training",
        ),
        rows=rows,
        notes=notes,
        data=frame,
    )


def conclusion(label: str, rows: Sequence[Mapping[str, Any]], threshold: str) -> str:
    """What the counts of one experiment say, in words that follow from the numbers by fixed rules.

    Args:
        label: the experiment as readers know it.
        rows: rows of `summary`, one per convention.
        threshold: the threshold in words.
    """
    if any(np.isnan(row["own_largest"]) for row in rows):
        return f"{label}: no count, since the networks have diverged or were not fed batches of their own size."
    literal, thin, full = rows
    if literal["networks"] == 1:
        text = (
            f"{label}: fed its own batch of {literal['largest']}, the network has {_listed(rows, 'own_largest')}"
            f" singular values ≤ {threshold}; shapes and ranks alone force {_listed(rows, 'rank_floor')}."
        )
    else:
        text = (
            f"{label}: from batch size {literal['smallest']} to {literal['largest']} the number of singular values ≤"
            f" {threshold} {_change(literal)} (literal), {_change(thin)} (thin) and {_change(full)} (full) where each"
            f" network is fed its own batch size; shapes and ranks alone force {_listed(rows, 'rank_floor')} at"
            f" {literal['largest']}."
        )
    silent = [row for row in (literal, thin) if _is_zero(row)]
    if len(silent) == 2:
        verdicts = ["Neither in the literal nor in the thin convention is any near-rank loss measured."]
    else:
        verdicts = [_verdict(row) for row in (literal, thin)]
    if full["above_floor"] == 0 < full["rank_floor"]:
        verdicts.append(f"At {full['largest']}, all that the full convention counts follows from shapes and ranks.")
    return " ".join([text, *verdicts])


def _is_zero(row: Mapping[str, Any]) -> bool:
    return row["own_high"] == 0 and not row["same_high"] > 0


def _verdict(row: Mapping[str, Any]) -> str:
    """One sentence about one convention."""
    name = f"In the {row['convention']} convention"
    if _is_zero(row):
        return f"{name} no near-rank loss is measured."
    if row["above_floor_high"] == 0 and row["same_low"] == row["same_high"]:
        return f"{name} the count is the floor, whatever the training batch size."
    untrained = "" if np.isnan(row["same_untrained"]) else f" (untrained: {count(row['same_untrained'])})"
    if row["networks"] == 1:
        return f"{name} {count(row['above_floor'])} of it lie above the floor{untrained}."
    if pd.isna(row["fed"]):
        return f"{name} nothing tells training from the fed batch: no two networks were fed batches of one size."
    low, high = count(row["same_low"]), count(row["same_high"])
    have = f"have {low} to {high}" if low != high else f"all have {low}"
    same = f"{name}, all fed one batch of {row['fed']}, trained networks {have}{untrained}"
    if np.isnan(row["share_fed"]):
        return f"{same}."
    larger, other = ("fed", "training") if row["share_fed"] >= row["share_trained"] else ("training", "fed")
    first, second = sorted((row["share_fed"], row["share_trained"]), reverse=True)
    return (
        f"{same}; over the batches that all were fed the {larger} batch size explains {_percent(first)} of the"
        f" variation of the count, the {other} batch size {_percent(second)}."
    )


def _change(row: Mapping[str, Any]) -> str:
    """What becomes of an own-batch count from the smallest to the largest batch size."""
    first, last = count(row["own_smallest"]), count(row["own_largest"])
    return f"goes from {first} to {last}" if first != last else f"stays at {first}"


def _cells(row: Mapping[str, Any]) -> list[str]:
    own = count(row["own_largest"])
    if row["smallest"] != row["largest"]:
        own = f"{count(row['own_smallest'])} → {own}"
    counts = [count(row[name]) for name in ("shape_floor", "rank_floor", "untrained", "above_floor")]
    if np.isnan(row["share_fed"]):
        return [own, *counts, "–"]
    return [own, *counts, f"{100 * row['share_fed']:.0f} / {_percent(row['share_trained'])}"]


def _listed(rows: Sequence[Mapping[str, Any]], name: str) -> str:
    values = [count(row[name]) for row in rows]
    return f"{values[0]} (literal), {values[1]} (thin) and {values[2]} (full)"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
