"""The rules on remedies, walks and minima, most of them of Hoffer et al. 2017 and Keskar et al. 2017.

A rule takes what was measured of one network, whether a table shows it or not, and the claim's argument, and gives a
finding or nothing.
"""

from collections.abc import Sequence

import pandas as pd

from gengap.analysis.trends import TREND, has_risen, kendall
from gengap.analysis.weight_distance import likeliest
from gengap.claims.evidence import Finding

HELPS_LARGE = ("helps both", "helps large")
"""How verdicts of `remedies_table` begin on remedies that help the large batch size."""

ENOUGH_SIZES = 3
"""Batch sizes that an order needs: that of two is the right one by chance half of the time."""


def closes_part(remedies: pd.DataFrame, options: str) -> Finding | None:
    """The treatment that changes exactly these options helps the large batch size and makes the gap smaller.

    Of several the one that closes most. Where no training of the network has two seeds it cannot tell.
    """
    return _of_gap(remedies, options, ("smaller", "not seen"))


def closes_all(remedies: pd.DataFrame, options: str) -> Finding | None:
    """Likewise, and what it leaves of the gap is within what seeds scatter."""
    return _of_gap(remedies, options, ("not seen",))


def _of_gap(remedies: pd.DataFrame, options: str, accepted: Sequence[str]) -> Finding | None:
    exactly = [set(one.split()) == set(options.split()) for one in remedies["options"]]
    matching = remedies[exactly].dropna(subset=["closed_percent"])
    if not len(matching):
        return None
    line = matching.loc[matching["closed_percent"].idxmax()]
    holds = line["of_gap"] in accepted and line["verdict"].startswith(HELPS_LARGE)
    before = line["gap"] - line["change_large"] + line["change_small"]
    return Finding(holds if line["of_gap"] else None, {"gap": before, "then": line["gap"], "seeds": line["seeds"]})


def remedies_help_small(remedies: pd.DataFrame, options: str) -> Finding | None:
    """Of the treatments that change none but these options and help the large batch size, most help the small one, too.

    Those count that were run at the small batch size and change something there. The claim is seen in part where some
    do not help it, and cannot be told where none is seen to help the large one.
    """
    known = [one != "" and set(one.split()) <= set(options.split()) for one in remedies["options"]]
    acting = remedies[known]
    acting = acting[~acting["same_small"].astype(bool) & acting["change_small"].notna()]
    if not len(acting):
        return None
    helping = acting.loc[acting["verdict"].str.startswith(HELPS_LARGE), "verdict"]
    both = int((helping == "helps both").sum())
    numbers = {"remedies": len(acting), "help the large batch size": len(helping), "both": both}
    numbers["seeds"] = acting["seeds"].min()
    return Finding(both > len(helping) / 2 if len(helping) else None, numbers, partly=both < len(helping))


def walk_is_logarithmic(walks: pd.DataFrame, _argument: str) -> Finding | None:
    """Of three laws of the distance from the initial weights the logarithm is the likeliest, in every training."""
    laws = likeliest(walks)
    logarithms = int((laws == "logarithm").sum())
    numbers = {"trainings": len(laws), "likeliest in": logarithms}
    return Finding(logarithms > 0, numbers, partly=logarithms < len(laws)) if len(laws) else None


def sharper(minima: pd.DataFrame, measure: str) -> Finding | None:
    """A measure of sharpness rises with the batch size.

    It is left where it rises, too, once the weights before batch norm have the norms that they had before training.
    """
    means = _means(minima, measure)
    if len(means) < 2:
        return None
    numbers, left = {"batch sizes": means.index, "sharpness": means[measure]}, None
    if "sharpness_rescaled" in means:
        rescaled = means["sharpness_rescaled"]
        numbers["rescaled"], left = rescaled, has_risen(means.index, rescaled)
    return Finding(has_risen(means.index, means[measure]), numbers, left)


def orders_errors(minima: pd.DataFrame, measure: str) -> Finding | None:
    """A measure of the minima orders the batch sizes as the test error does: τ ≥ 0.6; two sizes cannot tell."""
    means = _means(minima, measure)
    if len(means) < 2:
        return None
    tau = kendall(means[measure], means["test_error_percent"])
    return Finding(tau >= TREND if len(means) >= ENOUGH_SIZES else None, {"batch sizes": str(len(means)), "τ": tau})


def _means(minima: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Means over the seeds by training batch size, of those at which the measure is known."""
    if measure not in minima:
        return pd.DataFrame()
    known = minima.dropna(subset=[measure]).groupby("trained_batch_size")
    return known.mean(numeric_only=True).dropna(axis="columns", how="all")
