"""Networks of several widths: whether the gap between batch sizes and the near-rank loss shrink as they grow."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis import count_curves
from gengap.analysis.by_batch_size import widest_fully_connected
from gengap.analysis.count_curves import CONVENTIONS
from gengap.analysis.over_seeds import results_table

_COLUMNS = (
    *("title", "experiment", "width", "seeds", "smallest", "largest", "error_smallest", "error_largest", "gap"),
    "gap_std",
    *(column for convention in CONVENTIONS for column in (convention, f"{convention}_floor")),
    *("units", "sigma_min"),
)


def width_table(
    groups: Sequence[Mapping[str, Any]], counts: pd.DataFrame, layers: pd.DataFrame, threshold: float
) -> pd.DataFrame:
    """Test errors, counts and σ_min of networks that differ in their width alone.

    Args:
        groups: `title`, `experiment` (the one of width 1, if there is one) and `members`, each with its `experiment`,
            its `width` and its `rows` as `results_table` takes them.
        counts: what `read_counts` returns; may be empty.
        layers: counts of each unfolding, of all experiments; may be empty.
        threshold: absolute threshold of the counts.

    Returns:
        One line per group and width, of those of which the smallest and the largest batch size did not diverge:
        `title`, `experiment` (of the group), `width`, `seeds` (the fewer of the two batch sizes), `smallest` and
        `largest` (batch sizes), `gap_std` (of one seed's gap, NaN with one seed), `error_smallest` and
        `error_largest` (mean test errors in percent) and `gap` (the one less the other); of the networks trained at the
        largest batch size and fed it, NaN where not measured: `literal`, `thin` and `full` (the mean counts),
        `literal_floor`, `thin_floor` and `full_floor` (what shapes and ranks force of these), `units` h of the widest
        fully connected layer and `sigma_min` of its activations, h x batch size.
    """
    lines = []
    for group in groups:
        for member in group["members"]:
            rows = results_table(member["rows"])
            rows = rows.set_index(rows["batch_size"].astype(int)).sort_index()
            ends = rows.iloc[[0, -1]]
            errors, deviations = (ends[f"test_error_percent_{of}"].to_numpy(float) for of in ("mean", "std"))
            if np.isnan(errors).any():
                continue
            line = {"title": group["title"], "experiment": group["experiment"], "width": member["width"]}
            line |= {"smallest": rows.index[0], "largest": rows.index[-1]}
            line |= {"seeds": (ends["seeds"] - ends["diverged"]).min(), "gap_std": np.hypot(*deviations)}
            line |= {"error_smallest": errors[0], "error_largest": errors[1], "gap": errors[1] - errors[0]}
            line |= _own_counts(counts, member["experiment"], threshold, rows.index[-1])
            lines.append(line | _widest_layer(layers, member["experiment"], rows.index[-1]))
    return pd.DataFrame(lines, columns=_COLUMNS)


def _own_counts(counts: pd.DataFrame, experiment: str, threshold: float, batch_size: int) -> dict[str, float]:
    """Mean counts of the networks trained and fed at a batch size, and their floors, where there are any."""
    if not len(counts) or not (counts["experiment"] == experiment).any():
        return {}
    found: dict[str, float] = {}
    for convention in CONVENTIONS:
        curve = count_curves.own_batch(count_curves.select(counts, experiment, threshold), convention)
        if batch_size in curve.index:
            found[convention], found[f"{convention}_floor"] = curve.loc[batch_size, ["mean", "rank_floor"]]
    return found


def _widest_layer(layers: pd.DataFrame, experiment: str, batch_size: int) -> dict[str, float]:
    if not len(layers):
        return {}
    dense = widest_fully_connected(layers[layers["experiment"] == experiment])
    dense = dense[(dense["trained_batch_size"] == batch_size) & (dense["fed_batch_size"] == batch_size)]
    return {"units": dense["mode_size"].max(), "sigma_min": dense["sigma_min"].mean()} if len(dense) else {}
