"""Networks of several widths: whether the gap between batch sizes and the near-rank loss shrink as they grow."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis import count_curves
from gengap.analysis.count_curves import CONVENTIONS
from gengap.analysis.over_seeds import results_table
from gengap.claims.evidence import widest_fully_connected

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
            rows = results_table(member["rows"]).sort_values("batch_size", key=lambda label: label.astype(int))
            errors = rows["test_error_percent_mean"].to_numpy(float)
            sizes = rows["batch_size"].astype(int).to_numpy()
            if np.isnan(errors[[0, -1]]).any():
                continue
            line = {"title": group["title"], "experiment": group["experiment"], "width": member["width"]}
            seeds = (rows["seeds"] - rows["diverged"]).to_numpy()
            deviations = rows["test_error_percent_std"].to_numpy(float)
            line |= {"smallest": sizes[0], "largest": sizes[-1], "seeds": min(seeds[0], seeds[-1])}
            line |= {"gap_std": np.hypot(deviations[0], deviations[-1])}
            line |= {"error_smallest": errors[0], "error_largest": errors[-1], "gap": errors[-1] - errors[0]}
            for convention in CONVENTIONS:
                count, floor = _own_count(counts, member["experiment"], threshold, convention, sizes[-1])
                line |= {convention: count, f"{convention}_floor": floor}
            lines.append(line | _widest_layer(layers, member["experiment"], sizes[-1]))
    return pd.DataFrame(lines, columns=_COLUMNS)


def _own_count(
    counts: pd.DataFrame, experiment: str, threshold: float, convention: str, batch_size: int
) -> tuple[float, float]:
    """Mean count of the networks trained and fed at a batch size, and its floor."""
    if not len(counts) or not (counts["experiment"] == experiment).any():
        return np.nan, np.nan
    curve = count_curves.own_batch(count_curves.select(counts, experiment, threshold), convention)
    return next(
        (
            (mean, floor)
            for size, mean, floor in zip(curve.batch_sizes, curve.mean, curve.rank_floor, strict=True)
            if size == batch_size
        ),
        (np.nan, np.nan),
    )


def _widest_layer(layers: pd.DataFrame, experiment: str, batch_size: int) -> dict[str, float]:
    dense = widest_fully_connected(layers, experiment)
    if len(dense):
        dense = dense[(dense["trained_batch_size"] == batch_size) & (dense["fed_batch_size"] == batch_size)]
    if not len(dense):
        return {"units": np.nan, "sigma_min": np.nan}
    return {"units": dense["mode_size"].max(), "sigma_min": dense["sigma_min"].mean()}
