"""The table of near-rank loss."""

import pandas as pd
import pytest

from gengap.analysis.count_curves import CONVENTIONS

SUBJECT = {"panels": [{"experiment": "lenet5", "label": "LeNet-5"}], "thresholds": [1e-4, 1e-5]}
FLOORS = {("full", 32): 490, ("full", 128): 514}


@pytest.fixture
def table(make_counts, exhibit_of):
    """The table of networks trained at 32 and 128, from a function of the convention and both batch sizes."""

    def made(count, change=lambda counts: counts):
        cells = {
            (name, trained, fed): count(name, trained, fed)
            for name in CONVENTIONS
            for trained in (None, 32, 128)
            for fed in (32, 128)
        }
        counts = change(make_counts(cells, floors=FLOORS))
        both = pd.concat([counts, counts.assign(threshold=1e-5)])
        return exhibit_of("near_rank_loss", SUBJECT, counts=both)

    return made


def test_a_row_for_each_convention_at_the_largest_threshold(table):
    shown = table(lambda convention, _trained, fed: FLOORS.get((convention, fed), 0))
    assert [row[:2] for row in shown.rows] == [["LeNet-5", "literal"], ["", "thin"], ["", "full"]]
    assert shown.rows[2][2:] == ["490 → 514", "514", "514", "514", "0", "514", "100 / 0 %"]
    assert len(shown.data) == 6


def test_counts_on_one_batch_and_what_goes_with_the_training_batch_size(table):
    """Counts of 2, 3 and 8, 9: squares 1 of the fed batch, 36 of the training batch size."""
    shown = table(lambda _convention, trained, fed: (trained or 0) // 16 + (fed == 128))
    assert {tuple(row[-2:]) for row in shown.rows} == {("3 … 9", "3 / 97 %")}


def test_networks_that_diverged_have_a_dash(table):
    shown = table(lambda *_: 1, lambda counts: counts.assign(count=counts["count"].mask(counts["state"] == "trained")))
    assert {row[2] for row in shown.rows} == {"–"}
