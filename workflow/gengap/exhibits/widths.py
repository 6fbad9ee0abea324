"""Generalization gap and near-rank loss of networks of several widths."""

import numpy as np
import pandas as pd

from gengap.analysis.count_curves import CONVENTIONS
from gengap.analysis.gap_by_width import width_table
from gengap.config.measured import measured_experiments
from gengap.config.plan import Plan
from gengap.config.subjects import width_groups
from gengap.exhibits.needs import Files, Needs, Subject, runs_of
from gengap.render.exhibit import Table, grouped
from gengap.render.numbers import ABSENT, fixed, plain_power, spread

KIND = "table"


def needs(plan: Plan) -> Needs:
    """Of all experiments that are run at several widths."""
    groups = width_groups(plan)
    members = [member for group in groups for member in group["members"]]
    measured = set(measured_experiments(plan))
    names = [member["experiment"] for member in members if member["experiment"] in measured]
    subject = {"groups": groups, "threshold": max(plan.config["spectra"]["thresholds"])}
    return Needs(subject, {"metrics": runs_of(groups), "counts": names, "layers": names})


def compared(subject: Subject, files: Files) -> pd.DataFrame:
    """One line per group and width, as `width_table` returns it."""
    return width_table(files.loaded(subject["groups"]), files.counts, files.of_networks("layers"), subject["threshold"])


def make(subject: Subject, files: Files) -> Table:
    """A row for each width of each network."""
    frame, threshold = compared(subject, files), subject["threshold"]
    rows = []
    for line in frame.to_dict("records"):
        counts = [_count(line[name], line[f"{name}_floor"]) for name in CONVENTIONS]
        errors = [fixed(line[name], 2) for name in ("error_smallest", "error_largest")]
        errors.append(spread(line["gap"], line["gap_std"], 2))
        sigma_min = ABSENT if np.isnan(line["sigma_min"]) else f"{line['sigma_min']:.3g}"
        about = [line["title"], f"{line['width']:g}", f"{line['seeds']}", f"{line['smallest']} → {line['largest']}"]
        rows.append([*about, *errors, *counts, fixed(line["units"], 0), sigma_min])
    return Table(
        title="Generalization gap and near-rank loss against the width of the network",
        caption=(
            "Width: the factor of all channels and hidden units. Test error (%) of the networks trained at the smallest"
            " and at the largest batch size, means over seeds, and the difference, ± the standard deviation that one"
            " seed's has. Near-rank loss: number of singular values ≤"
            f" {plain_power(threshold)} of the network trained at the largest batch size and fed a batch of that size,"
            " in the three conventions. In parentheses what shapes and ranks alone force: a wider layer has more values"
            " to count. h: units of the widest fully connected layer. σ_min: the smallest singular value of its"
            " activations, h × batch size, in the same networks. A dash: not measured."
        ),
        header=(
            "Network",
            "Width",
            "Seeds",
            "Batch sizes",
            "Error, smallest",
            "Error, largest",
            "Gap",
            *CONVENTIONS,
            "h",
            "σ_min",
        ),
        rows=grouped(rows),
        data=frame,
    )


def _count(count: float, floor: float) -> str:
    return ABSENT if np.isnan(count) else f"{count:.0f} ({floor:.0f})"
