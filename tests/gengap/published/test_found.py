"""What the published numbers say in sentences."""

import math

import pandas as pd
import pytest
from gengap.published.contents import Contents

from gengap.published import found


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
            "own_largest_low": 30.0,
            "own_largest_high": 40.0,
            "same_smallest": 31.0,
            "same_largest": 34.0,
            "same_floor": 10.0,
            "same_low": 30.0,
            "same_high": 35.5,
        }
    )
    tables = {str(number): {"experiment": name, "rows": []} for number, name in enumerate("abd")}
    contents = Contents(tables=tables, experiments={"b": {"title": "Linear LeNet-5 on MNIST"}})

    def sentence(details=True, **changes):
        return found.beyond_floor(contents, summaries.assign(**changes), details=details)

    return sentence


def test_what_lies_beyond_the_floor_is_told_of_each_table_that_has_any(beyond):
    """The floor is not counted, neither after training nor before; the control is all networks fed one batch."""
    assert beyond().endswith(
        ": none in 1 of 2 tables' networks, 30 in Linear LeNet-5 on MNIST (20 to 30 by seed; 2 before training; all fed"
        " 4096, 21 trained at 128 and 24 at 8192, between 20 and 25.5 over all training batch sizes)."
    )
    assert "by seed; all fed 4096," in beyond(untrained=math.nan), "no untrained network was measured"
    assert "0.4 in Linear" in beyond(above_floor=[0.0, 0.4, 0.4, 0.4, 0.0, 0.0]), "a mean over seeds"
    assert beyond(above_floor=math.nan) == "", "all have diverged"


def test_in_short_nothing_stands_beside_what_lies_beyond_the_floor(beyond):
    assert beyond(details=False).endswith(
        ": none in 1 of 2 tables' networks, 30 in Linear LeNet-5 on MNIST (20 to 30 by seed)."
    )
    assert beyond(details=False, own_largest_high=30.0).endswith(", 30 in Linear LeNet-5 on MNIST.")


COLUMNS = ["experiment", "state", "seed", "trained_batch_size", "fed_batch_size", "width", "sigma_min"]


def contents_of(*experiments):
    tables = {str(number): {"experiment": name, "rows": []} for number, name in enumerate(experiments)}
    return Contents(tables=tables, experiments={name: {"title": f"Network {name}"} for name in experiments})


def test_sigma_min_of_networks_fed_the_largest_batch_below_the_width_that_all_were_fed():
    def rows(name, fed, *values, seed=0):
        return [
            (name, "trained", seed, size, fed, 500, value) for size, value in zip((128, 512, 8192), values, strict=True)
        ]

    frame = [*rows("a", 256, 0.5, 7, 4), *rows("a", 256, 1.5, 9, 5, seed=1), *rows("a", 512, 30, 20, 10)]
    frame += [("a", "trained", 0, 8192, 300, 500, 9.0), ("a", "untrained", 0, None, 256, 500, 7.0)]
    frame += [*rows("zero", 512, 3e-65, 0, 0), *rows("setting", 256, 3, 3, 3)]
    assert found.sigma_min(contents_of("a", "zero"), pd.DataFrame(frame, columns=COLUMNS)) == (
        "σ_min of the widest fully connected layer of networks fed 256, trained at 128 and 8192: 1 and 4.5, at most 8"
        " at 512 (Network a); fed 512, trained at 128 and 8192: 0 and 0 (Network zero)."
    )


def test_effective_ranks_of_the_tables_networks_alone():
    def rows(name, index, kind, *values):
        parts = [("trained", size, value) for size, value in zip((128, 512), values[:2], strict=True)]
        parts.append(("untrained", None, values[2]))
        unfolding = {"experiment": name, "seed": 0, "fed_batch_size": 64, "layer_index": index, "kind": kind}
        columns = ("state", "trained_batch_size", "effective_rank")
        return [unfolding | {"mode": "channel"} | dict(zip(columns, part, strict=True)) for part in parts]

    lines = [*rows("a", 1, "conv", 9, 8, 1), *rows("a", 2, "conv", 9, 8, 20), *rows("a", 3, "linear", 8, 9, 1)]
    ranks = pd.DataFrame([*lines, *rows("b", 1, "conv", 9, 8, 1), *rows("setting", 1, "conv", 9, 8, 1)])
    assert found.effective_ranks(contents_of("a", "b"), ranks) == (
        "Fed one and the same batch, networks trained with larger batches have a lower effective rank in 3 of 4"
        " unfoldings of layers (3 of 3 of convolutions); in 2 of these 3 the largest batch's lies nearer to the untrained"
        " network's than the smallest batch's."
    )
    trained = ranks[ranks["state"] == "trained"]
    assert found.effective_ranks(contents_of("a", "b"), trained).endswith("(3 of 3 of convolutions).")
    assert found.effective_ranks(contents_of("c"), ranks) == ""
