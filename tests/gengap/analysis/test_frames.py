"""Networks that diverged have no rows, and change nothing of the others'."""

import io

import pandas as pd
import pytest

from gengap.analysis.frames import joined

NONE = pd.DataFrame(columns=["layer", "rank", "holds"])
ROWS = pd.DataFrame({"layer": ["fc1", "fc2"], "rank": [3, 2], "holds": [True, False]})


def as_read(frame, experiment):
    return pd.read_csv(io.StringIO(frame.assign(experiment=experiment).to_csv(index=False)))


@pytest.mark.parametrize("order", [1, -1])
def test_types_are_those_of_the_networks_that_did_not_diverge(order):
    frames = [as_read(NONE, "a"), as_read(ROWS, "b"), as_read(NONE, "c")][::order]
    pd.testing.assert_frame_equal(joined(frames), ROWS.assign(experiment="b"))


def test_columns_stay_where_all_diverged_and_nothing_is_made_of_nothing():
    assert list(joined([NONE, NONE]).columns) == list(NONE.columns)
    assert joined([]).empty
