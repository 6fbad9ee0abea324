import math

import pandas as pd
import pytest

from gengap.published import readme
from gengap.published.contents import Contents


@pytest.fixture
def beyond():
    """The sentence on three experiments, of which one is a setting that no table shows."""
    summaries = pd.DataFrame(
        {
            "experiment": ["a", "b", "b", "b", "c", "d"],
            "convention": ["thin", "thin", "full", "thin", "thin", "thin"],
            "threshold": [1e-4, 1e-4, 1e-4, 1e-5, 1e-4, 1e-4],
            "above_floor": [0.0, 30.0, 50.0, 60.0, 9.0, math.nan],
            "untrained": [8.0, 12.0, 90.0, 12.0, 0.0, 0.0],
            "rank_floor": [8.0, 10.0, 10.0, 10.0, 0.0, 0.0],
            "fed": 4096,
            "smallest": 128,
            "largest": 8192,
            "same_low": 20.0,
            "same_high": 25.5,
        }
    )
    tables = {str(number): {"experiment": name, "rows": []} for number, name in enumerate("abd")}
    contents = Contents(tables=tables, experiments={"b": {"title": "Linear LeNet-5 on MNIST"}})

    def sentence(**changes):
        return readme._beyond_floor(contents, summaries.assign(**changes))

    return sentence


def test_what_lies_beyond_the_floor_is_told_of_each_table_that_has_any(beyond):
    """The floor is not counted, neither after training nor before; the control is all networks fed one batch."""
    assert beyond().endswith(
        ": none in 1 of 2 tables' networks, 30 in Linear LeNet-5 on MNIST (2 before training; all fed 4096, those"
        " trained at 128 to 8192 have 20 to 26 in all)."
    )
    assert "(all fed 4096," in beyond(untrained=math.nan), "no untrained network was measured"
    assert "0.4 in Linear" in beyond(above_floor=[0.0, 0.4, 0.4, 0.4, 0.0, 0.0]), "a mean over seeds"
    assert beyond(above_floor=math.nan) == "", "all have diverged"
