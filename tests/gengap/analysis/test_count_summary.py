"""Near-rank loss in numbers: shares by analysis of variance, and what lies above the floors."""

import numpy as np
import pandas as pd
import pytest
from samples import counts_of_cells

from gengap.analysis.count_curves import CONVENTIONS
from gengap.analysis.count_summary import shares, summaries, summary


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([[1, 5, 9], [1, 5, 9]], (1, 0)),
        ([[1, 5, None], [1, 5, 9]], (1, 0)),  # not all were fed the last one
        ([[3, 3], [8, 8]], (0, 1)),
        ([[0, 4], [3, 7]], (16 / 25, 9 / 25)),  # additive: squares of the two differences
        ([[0, 1], [1, 0]], (0, 0)),  # all of it is interaction
        ([[2, 2], [2, 2]], (np.nan, np.nan)),
        ([[1], [2]], (np.nan, np.nan)),
    ],
)
def test_shares_of_the_variation_between_trained_networks(values, expected):
    cells = {("thin", 32 << i, 32 << j): n for i, row in enumerate(values) for j, n in enumerate(row) if n is not None}
    cells |= {("thin", None, 32): 100, ("thin", None, 64): 0}
    assert shares(counts_of_cells(cells)) == pytest.approx(expected, nan_ok=True)


def cells(count, trained=(None, 32, 128), fed=(32, 128)):
    """A count for each convention, network and fed batch."""
    return {(name, one, size): count(name, one, size) for name in CONVENTIONS for one in trained for size in fed}


FLOORS = {("full", 32): 490, ("full", 128): 514}


@pytest.fixture
def shape_only():
    """Nothing is lost but what the shape forces in the full convention."""
    return counts_of_cells(cells(lambda convention, _trained, fed: FLOORS.get((convention, fed), 0)), floors=FLOORS)


def test_zeros_of_the_shape_are_told_from_loss_at_every_threshold(shape_only):
    counts = pd.concat([shape_only, shape_only.assign(threshold=1e-5, count=515)])
    frame = summaries(counts, ["lenet5"], [1e-4, 1e-5])
    assert frame["threshold"].tolist() == [1e-4] * 3 + [1e-5] * 3
    full = frame[frame["convention"] == "full"]
    names = ["smallest", "largest", "own_smallest", "own_largest", "shape_floor", "above_floor", "untrained"]
    assert full[names].to_numpy().tolist() == [[32, 128, 490, 514, 514, 0, 514], [32, 128, 515, 515, 514, 1, 515]]
    assert full["share_fed"].iloc[0] == pytest.approx(1)


@pytest.mark.parametrize(
    ("cell", "same"),
    [((64, 64), (0, 0)), ((32, 128), (0, 37))],
    ids=["a batch size between, fed its own", "the smallest, fed the common one"],
)
def test_loss_of_one_network_alone_is_seen(cell, same):
    sizes = (32, 64, 128)
    counts = cells(lambda _convention, trained, fed: 37 * ((trained, fed) == cell), (None, *sizes), sizes)
    row = summary(counts_of_cells(counts), "lenet5", 1e-4).iloc[1]
    assert (row["own_largest"], row["fed"], (row["same_low"], row["same_high"])) == (0, 128, same)


def test_batches_that_only_some_seeds_were_fed_share_in_nothing():
    """Seed 1 has more loss, and was fed 64 too: the counts of each seed do not depend on the fed batch."""
    counts = counts_of_cells(cells(lambda _convention, trained, _fed: trained, (32, 128), (32, 64, 128)))
    more = counts.assign(seed=1, count=counts["count"] + 100)
    frame = summary(pd.concat([counts[counts["fed_batch_size"] != 64], more]), "lenet5", 1e-4)
    assert frame[["share_fed", "share_trained"]].to_numpy().tolist() == [[0, 1]] * 3


def test_networks_fed_their_own_batch_alone_are_compared_on_none():
    own = {cell: 2 for cell in cells(lambda *_: 0) if cell[1] in (None, cell[2])}
    common = counts_of_cells(dict.fromkeys(own, 0) | {("thin", 32, 128): 5}, experiment="other")
    frame = summaries(pd.concat([counts_of_cells(own), common]), ["lenet5", "other"], [1e-4])
    assert frame["fed"].astype(object).fillna("").tolist() == [""] * 3 + [128] * 3
    assert frame[["same_low", "same_high", "share_fed"]].iloc[:3].isna().all(axis=None)


def test_networks_that_were_never_fed_their_own_batch_have_no_count_on_it(shape_only):
    own = (shape_only["trained_batch_size"] == shape_only["fed_batch_size"]).fillna(False)
    frame = summary(shape_only[~own & (shape_only["fed_batch_size"] == 32)], "lenet5", 1e-4)
    assert frame["networks"].tolist() == [0, 0, 0]
    assert frame[["own_smallest", "own_largest", "above_floor"]].isna().all(axis=None)
