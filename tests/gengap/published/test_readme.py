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


def test_sigma_min_of_networks_fed_the_largest_batch_that_all_were_fed():
    columns = ["experiment", "state", "seed", "trained_batch_size", "fed_batch_size", "sigma_min"]
    rows = [("a", "trained", 0, 128, 512, 0.5), ("a", "trained", 1, 128, 512, 1.5), ("a", "trained", 0, 8192, 512, 4.0)]
    rows += [
        ("a", "trained", 1, 8192, 512, 5.0),
        ("a", "trained", 0, 8192, 8192, 9.0),
        ("a", "untrained", 0, None, 512, 7.0),
    ]
    rows += [("zero", "trained", 0, size, 512, value) for size, value in ((128, 3e-65), (8192, 0.0))]
    rows += [("setting", "trained", 0, size, 512, 3.0) for size in (128, 8192)]
    tables = {str(number): {"experiment": name, "rows": []} for number, name in enumerate(("a", "zero"))}
    contents = Contents(tables=tables, experiments={name: {"title": f"Network {name}"} for name in ("a", "zero")})
    assert readme._sigma_min(contents, pd.DataFrame(rows, columns=columns)) == (
        "σ_min of the widest fully connected layer of networks fed 512, trained at 128 and 8192: 1 and 4.5 (Network a),"
        " 0 and 0 (Network zero)."
    )
