"""Trainings for as many updates as another batch size makes: what is left of the gap (Hoffer et al. 2017)."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gengap.analysis.over_seeds import METRICS, results_table

KINDS = ("epochs", "updates")


def equal_updates_table(pairs: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Set trainings of equal epochs beside trainings of equal updates.

    Args:
        pairs: `experiment` (of equal epochs) and its `title`, `equal_updates_to` (the reference batch size), `normal`
            and `equal`: rows as `results_table` takes them. The first row of `normal` is the reference, its others
            have the batch sizes of `equal`, in the same order.

    Returns:
        One line per pair and batch size: `experiment`, `title`, `batch_size`, `seeds`, `reference` (batch size), and of
        each metric `<metric>_<run>` and `<metric>_std_<run>` (mean and deviation over seeds) of the runs `reference`,
        `normal` and `equal`; and `gap_closed`: the part of the gap in test error between the normal run and the
        reference, in percent, that equal updates close; NaN where there is no gap, and below the reference, where they
        are fewer. Errors are in percent, losses in nats.
    """
    frames = []
    for pair in pairs:
        normal, equal = (results_table(pair[kind]).set_index("batch_size") for kind in ("normal", "equal"))
        runs = {"reference": normal.iloc[0], "normal": normal.loc[equal.index], "equal": equal}
        frame = pd.DataFrame(
            {"experiment": pair["experiment"], "title": pair["title"], "batch_size": equal.index}
            | {"seeds": equal["seeds"], "reference": pair["equal_updates_to"]}
            | {
                f"{metric}{of}_{name}": run[f"{metric}_{part}"]
                for metric in METRICS
                for name, run in runs.items()
                for of, part in (("", "mean"), ("_std", "std"))
            }
        )
        before, normal_error, equal_error = (frame[f"test_error_percent_{name}"] for name in runs)
        gap = (normal_error - before).where(frame["batch_size"].astype(int) > pair["equal_updates_to"])
        frames.append(frame.assign(gap_closed=100 * (normal_error - equal_error) / gap.where(gap > 0)))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def by_batch_size(pair: pd.DataFrame, metric: str) -> pd.DataFrame:
    """A metric against the batch size, the reference among the others.

    Args:
        pair: the lines of one pair of what `equal_updates_table` returns.
        metric: its name.

    Returns:
        Ascending `batch_size`, and with equal `epochs` and with equal `updates` the metric's mean, and its deviation
        in `epochs_std` and `updates_std`. The reference is the same training in both.
    """
    found = pair[["batch_size"]].astype(int)
    for kind, run in zip(KINDS, ("normal", "equal"), strict=True):
        found[kind], found[f"{kind}_std"] = pair[f"{metric}_{run}"], pair[f"{metric}_std_{run}"]
    first, ends = pair.iloc[0], [f"{metric}_reference", f"{metric}_std_reference"]
    found.loc[-1] = [first["reference"], *first[ends], *first[ends]]
    return found.astype({"batch_size": int}).sort_values("batch_size", ignore_index=True)


def pairs_of(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """The lines of each pair, in their order."""
    return [pair for _, pair in frame.groupby(["experiment", "reference"], sort=False)] if len(frame) else []
