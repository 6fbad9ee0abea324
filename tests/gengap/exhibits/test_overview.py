"""The main figure's numbers are those of the published tables, which were made by other code."""

import pandas as pd
import pytest
from places import PUBLISHED, ROOT


@pytest.fixture(params=[(5, "lenet5_fashion_mnist"), (6, "lenet5_mnist")], scope="module")
def shown(request):
    """Number of a table, its experiment, and the series of its panels by batch size."""
    frame = pd.read_csv(PUBLISHED / "audit" / "overview.csv")
    frame = frame[frame["table"] == request.param[0]]
    return *request.param, dict(tuple(frame.set_index("batch_size").groupby(["panel", "series"])["value"]))


def test_means_and_printed_values_are_those_of_the_table(shown):
    number, _, panels = shown
    table = pd.read_csv(PUBLISHED / "tables" / f"table_{number}.csv", index_col="batch_size")
    printed = pd.read_csv(ROOT / "workflow/gengap/paper/tables_1_to_11.csv", dtype=str)
    printed = printed[printed["table"] == str(number)].set_index("batch_size")
    measured = {("error", "measured"): "test_error_percent", ("loss", "weight_penalty"): "weight_penalty"}
    for series, column in (measured | {("loss", "train_cross_entropy"): "train_cross_entropy"}).items():
        assert panels[series].to_dict() == pytest.approx(table[f"{column}_mean"].to_dict())
    for panel, column in (("error", "test_error_percent"), ("loss", "train_loss")):
        values = panels[panel, "printed"]
        assert len(values) >= len(printed) - 1, "all but a misprint"
        assert all(float(printed.loc[str(size), column]) == value for size, value in values.items())


def test_own_batches_lie_on_the_floor_and_a_common_batch_is_flat(shown):
    _, experiment, panels = shown
    counts = pd.read_csv(PUBLISHED / "measurements/counts" / f"{experiment}.csv")
    counts = counts.query("convention == 'literal' and threshold_kind == 'absolute' and threshold == 1e-4")
    own = counts[counts["trained_batch_size"] == counts["fed_batch_size"]].groupby("fed_batch_size")
    assert panels["count", "own batch"].to_dict() == own["count"].mean().to_dict()
    assert panels["count", "floor"].to_dict() == own["rank_floor"].mean().to_dict()
    assert len(set(panels["count", "common batch"])) == 1


def test_effective_ranks_are_those_of_the_second_convolution(shown):
    _, experiment, panels = shown
    ranks = pd.read_csv(PUBLISHED / "audit/effective_rank.csv")
    ranks = ranks[(ranks["experiment"] == experiment) & (ranks["layer"] == "conv2") & (ranks["mode"] == "channel")]
    trained = ranks[ranks["state"] == "trained"].groupby("trained_batch_size")["effective_rank"].mean()
    untrained = ranks.loc[ranks["state"] == "untrained", "effective_rank"].mean()
    assert panels["rank", "trained"].to_dict() == pytest.approx(trained.to_dict())
    assert panels["rank", "untrained"].to_list() == pytest.approx([untrained] * len(trained))
