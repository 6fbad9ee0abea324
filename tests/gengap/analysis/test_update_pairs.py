import math

import pytest

from gengap.analysis.update_pairs import equal_updates_table, pairs_of


@pytest.fixture
def table(stages):
    """The table of pairs from (batch size, test errors of the seeds), the reference first."""

    def make(*pairs):
        planned = [stages.pair(normal, equal) for normal, equal in pairs]
        return equal_updates_table(stages.files().loaded(planned))

    return make


@pytest.mark.parametrize(
    ("normal", "equal", "closed"),
    [
        ([(128, [8]), (512, [9]), (8192, [10])], [(512, [8]), (8192, [9.5])], [100, 25]),
        ([(128, [8]), (512, [7.9])], [(512, [7.5])], [math.nan]),
        ([(512, [8]), (128, [8.5]), (2048, [9])], [(128, [9.5]), (2048, [8.5])], [math.nan, 50]),
    ],
    ids=["a part of the gap", "no gap", "below the reference"],
)
def test_the_gap_that_equal_updates_close(table, normal, equal, closed):
    frame = table((normal, equal))
    assert frame["batch_size"].to_list() == [str(size) for size, _ in equal]
    assert frame["gap_closed"].to_list() == pytest.approx(closed, nan_ok=True)
    assert set(frame["test_error_percent_reference"]) == {8}


def test_one_network_may_have_several_references(table):
    pairs = [([(128, [8]), (512, [9])], [(512, [8])]), ([(512, [9]), (2048, [9])], [(2048, [8])])]
    assert [lines["reference"].to_list() for lines in pairs_of(table(*pairs))] == [[128], [512]]
