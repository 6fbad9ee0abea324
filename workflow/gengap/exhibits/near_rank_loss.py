"""Near-rank loss of each experiment in numbers: what shapes, the fed batch and training each have to do with it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis.count_summary import summaries
from gengap.config.measured import measured_experiments, panels_of
from gengap.config.plan import Plan
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.render.exhibit import Table, grouped
from gengap.render.numbers import ABSENT, count, plain_power

KIND = "table"


def needs(plan: Plan) -> Needs:
    """Of all experiments whose spectra were measured."""
    names = measured_experiments(plan)
    subject = {"panels": panels_of(plan, names), "thresholds": plan.config["spectra"]["thresholds"]}
    return Needs(subject, {"counts": names})


def make(subject: Subject, files: Files) -> Table:
    """The counts at the largest threshold, three rows for each experiment."""
    panels = subject["panels"]
    frame = summaries(files.counts, [panel["experiment"] for panel in panels], subject["thresholds"])
    main = max(subject["thresholds"])
    shown = pd.DataFrame(panels).merge(frame[frame["threshold"] == main], on="experiment")
    rows = [[row["label"], row["convention"], *_cells(row)] for row in shown.to_dict("records")]
    return Table(
        title=f"Near-rank loss and its controls: numbers of singular values ≤ {plain_power(main)}",
        caption=(
            "Counts in the three conventions. Own batch: each network fed a batch of its own training batch size, as in"
            " the paper, from the smallest to the largest. The next columns are at the largest: the zeros that shapes"
            " alone force, those that shapes and, in linear networks, ranks force, the untrained network, and the count"
            " of the trained one above the floor. One batch: all networks fed the largest batch that all were fed, the"
            " fewest and the most. Fed / training: shares of the squares of the counts that go with the size of the"
            " fed batch and with the training batch size (two-way analysis of variance, over the batches that all"
            " networks were fed). The rest is their interaction. A dash: not measured, or nothing varies. The paper"
            " shows its counts in figures, without numbers, so none stands beside a printed one."
        ),
        header=(
            "Experiment",
            "Count",
            "Own batch",
            "Shape floor",
            "Rank floor",
            "Untrained",
            "Above floor",
            "One batch",
            "Fed / training",
        ),
        rows=grouped(rows),
        data=frame,
    )


def _cells(row: Mapping[str, Any]) -> list[str]:
    own = _from_to(row["own_smallest"], row["own_largest"], "→") if row["networks"] else count(row["own_largest"])
    floors = [count(row[name]) for name in ("shape_floor", "rank_floor", "untrained", "above_floor")]
    shares = [row["share_fed"], row["share_trained"]]
    split = ABSENT if np.isnan(shares[0]) else " / ".join(f"{100 * share:.0f}" for share in shares) + " %"
    return [own, *floors, _from_to(row["same_low"], row["same_high"], "…"), split]


def _from_to(first: float, last: float, sign: str) -> str:
    """Two counts, or the one that both are."""
    return count(first) if first == last or np.isnan(first) else f"{count(first)} {sign} {count(last)}"
