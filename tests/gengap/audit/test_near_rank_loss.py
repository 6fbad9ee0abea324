"""The table of near-rank loss: shares by analysis of variance, floors, and conclusions that follow from the numbers."""

import numpy as np
import pandas as pd
import pytest
from gengap.audit.near_rank_loss import item, shares, summaries, summary
from gengap.audit.panels import Panel

from gengap.results.rank_loss_counts import CONVENTIONS, Grid

PANEL = [Panel("lenet5", "LeNet-5")]


def grid(values, trained=(32, 128)):
    values = np.array(values, dtype=float)
    return Grid(trained=trained, fed=tuple(range(values.shape[1])), mean=values, diverged=np.zeros_like(values, int))


@pytest.mark.parametrize(
    ("values", "fed", "trained", "both"),
    [
        ([[1, 5, 9], [1, 5, 9]], 1, 0, 0),
        ([[1, 5, np.nan], [1, 5, 9]], 1, 0, 0),  # not all were fed the last one
        ([[3, 3], [8, 8]], 0, 1, 0),
        ([[0, 4], [3, 7]], 16 / 25, 9 / 25, 0),  # additive: squares of the two differences
        ([[0, 1], [1, 0]], 0, 0, 1),
    ],
)
def test_shares_of_the_variation(values, fed, trained, both):
    found = shares(grid(values))
    assert (found.fed, found.trained, found.both) == pytest.approx((fed, trained, both))


def test_the_untrained_network_has_no_part_in_the_shares():
    with_untrained = grid([[100, 0], [3, 3], [8, 8]], ("untrained", 32, 128))
    assert shares(with_untrained).trained == pytest.approx(1)


@pytest.mark.parametrize("values", [[[2, 2], [2, 2]], [[1, np.nan], [2, 3]], [[1], [2]]])
def test_no_shares_where_nothing_varies_or_something_is_missing(values):
    assert shares(grid(values)) is None


def shape_only(make_counts):
    """Nothing is lost but what the shape forces in the full convention."""
    floors = {("full", 32): 490, ("full", 128): 514}
    cells = {
        (convention, trained, fed): floors.get((convention, fed), 0)
        for convention in CONVENTIONS
        for trained in (None, 32, 128)
        for fed in (32, 128)
    }
    return make_counts(cells, floors=floors)


def test_zeros_of_the_shape_are_told_from_loss(make_counts):
    frame = summary(shape_only(make_counts), "lenet5", 1e-4).set_index("convention")
    assert frame.loc["full", ["own_smallest", "own_largest", "shape_floor", "above_floor"]].tolist() == [
        490,
        514,
        514,
        0,
    ]
    assert frame.loc["full", "share_fed"] == pytest.approx(1)
    table = item(summaries(shape_only(make_counts), PANEL, [1e-4]), PANEL, 1e-4)
    ((_, text),) = table.notes
    assert "Neither in the literal nor in the thin convention is any near-rank loss measured." in text
    assert "stays at 0 (literal), stays at 0 (thin) and goes from 490 to 514 (full) where each network" in text
    assert "At 128, all that the full convention counts follows from shapes and ranks." in text
    assert ["", "full", "490 → 514", "514", "514", "514", "0", "100 / 0 %"] in [list(row) for row in table.rows]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ((64, 64), "In the thin convention, all fed one batch of 128, trained networks all have 0"),
        ((32, 128), "In the thin convention, all fed one batch of 128, trained networks have 0 to 37"),
    ],
    ids=["a batch size between, fed its own", "the smallest, fed the common one"],
)
def test_loss_of_one_network_alone_is_not_called_none(make_counts, cell, said):
    cells = {
        (convention, trained, fed): 37 * ((trained, fed) == cell and convention == "thin")
        for convention in CONVENTIONS
        for trained in (None, 32, 64, 128)
        for fed in (32, 64, 128)
    }
    ((_, text),) = item(summaries(make_counts(cells), PANEL, [1e-4]), PANEL, 1e-4).notes
    assert said in text
    assert "In the literal convention no near-rank loss is measured." in text
    assert "Neither" not in text


def test_batches_that_only_some_seeds_were_fed_share_in_nothing(make_counts):
    """Seed 1 has more loss, and was fed 64 too: the counts of each seed do not depend on the fed batch."""
    parts = [
        make_counts({(c, t, fed): count + t for c in CONVENTIONS for t in (32, 128) for fed in sizes}).assign(seed=seed)
        for seed, count, sizes in ((0, 0, (32, 128)), (1, 100, (32, 64, 128)))
    ]
    frame = summary(pd.concat(parts), "lenet5", 1e-4)
    assert frame[["share_fed", "share_trained"]].to_numpy().tolist() == [[0, 1]] * 3


def test_loss_that_comes_with_training_is_told_as_such(make_counts):
    cells = {
        (convention, trained, fed): 0 if trained is None else trained // 16 + (fed == 128)
        for convention in CONVENTIONS
        for trained in (None, 32, 128)
        for fed in (32, 128)
    }
    table = item(summaries(make_counts(cells), PANEL, [1e-4]), PANEL, 1e-4)
    ((_, text),) = table.notes
    assert "all fed one batch of 128, trained networks have 3 to 9 (untrained: 0)" in text
    assert "the training batch size explains 97 % of the variation of the count, the fed batch size 3 %" in text


def test_networks_fed_their_own_batch_alone_leave_open_what_their_loss_comes_from(make_counts):
    cells = {
        (convention, trained, fed): 0 if convention == "literal" else fed // 16
        for convention in CONVENTIONS
        for trained in (None, 32, 128)
        for fed in (32, 128)
        if trained in (None, fed)
    }
    common = make_counts(dict.fromkeys(cells, 0) | {("thin", 32, 128): 5}, experiment="other")
    panels = [*PANEL, Panel("other", "Other")]
    frame = summaries(pd.concat([make_counts(cells), common]), panels, [1e-4])
    assert frame["fed"].astype(object).fillna("").tolist() == [""] * 3 + [128] * 3
    assert frame[["same_low", "same_high", "same_untrained", "share_fed"]].iloc[:3].isna().all(axis=None)
    text, _ = (note for _, note in item(frame, panels, 1e-4).notes)
    assert "In the literal convention no near-rank loss is measured." in text
    assert "In the thin convention nothing tells training from the fed batch: no two networks were fed" in text


def test_other_thresholds_are_in_the_data_and_not_in_the_table(make_counts):
    counts = pd.concat([shape_only(make_counts), shape_only(make_counts).assign(threshold=1e-5)])
    frame = summaries(counts, PANEL, [1e-4, 1e-5])
    assert len(frame) == 6
    assert len(item(frame, PANEL, 1e-4).rows) == 3


def diverged(counts):
    return counts.assign(count=counts["count"].mask(counts["state"] == "trained"))


def never_fed_their_own(counts):
    return counts[
        (counts["trained_batch_size"] != counts["fed_batch_size"]).fillna(True) & (counts["fed_batch_size"] == 32)
    ]


@pytest.mark.parametrize("change", [diverged, never_fed_their_own])
def test_networks_without_a_count_on_their_own_batch_are_said_to_have_none(make_counts, change):
    counts = change(shape_only(make_counts))
    table = item(summaries(counts, PANEL, [1e-4]), PANEL, 1e-4)
    assert "LeNet-5: no count, since" in table.notes[0][1]
    assert {row[2] for row in table.rows} == {"–"}
