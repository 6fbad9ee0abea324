"""Counts of near-zero singular values, against numbers that follow from shapes and from hand-made spectra."""

import numpy as np
import pandas as pd
import pytest
from samples import spectrum

from gengap.spectra.counts import count_experiment, effective_rank, layer_counts, totals

LENET5 = {"conv1": (20, 24, 24), "conv2": (50, 8, 8), "fc1": (500,), "fc2": (10,)}


def total(table, convention):
    chosen = table.query("convention == @convention and threshold == 1e-4 and threshold_kind == 'absolute'")
    (row,) = chosen.to_dict("records")
    return row


def test_lenet5_of_full_rank_has_the_zeros_of_its_shapes_and_no_others():
    # Measured floors of trained LeNet-5 networks at these batch sizes.
    floors = {128: 490, 1024: 1538, 4096: 8578}
    table = totals(layer_counts(pd.concat([spectrum(fed, LENET5) for fed in floors], ignore_index=True), [1e-4], []))
    # Only a convolution's batch unfolding can be taller than wide in the literal convention: conv 2 has 3200 features.
    expected = {"full": floors, "thin": dict.fromkeys(floors, 0), "literal": {128: 0, 1024: 0, 4096: 4096 - 3200}}
    for convention, counts in expected.items():
        found = table[table["convention"] == convention].set_index("fed_batch_size")
        for column in ("count", "shape_floor", "rank_floor"):
            assert found[column].to_dict() == counts


def test_rank_bounds_raise_the_floor_in_every_convention():
    # The linear LeNet-5: conv 1 cannot exceed the 28 * 28 pixels, conv 2 not the 20 * 12 * 12 pooled features.
    bounds = {("conv1", "batch"): 784, ("conv2", "batch"): 2881}
    table = totals(layer_counts(spectrum(4096, LENET5, bounds=bounds), [1e-4], []))
    assert total(table, "thin")["rank_floor"] == 3631
    assert total(table, "full")["rank_floor"] == 8578 + 3631
    assert total(table, "literal")["rank_floor"] == (4096 - 3200) + 3631
    assert total(table, "thin")["shape_floor"] == 0


def test_a_value_equal_to_the_threshold_counts():
    values = {("fc2", "batch"): [1.0, 1e-4, 1e-4 * (1 + 1e-12), 1e-5], ("fc2", "channel"): [1.0, 1.0, 1.0, 1.0]}
    layers = layer_counts(spectrum(4, {"fc2": (10,)}, values), [1e-4, 1e-5], [])
    counts = layers.set_index(["threshold", "mode"])[["thin_count", "full_count"]].apply(tuple, axis=1)
    assert counts[1e-4].to_dict() == {"batch": (2, 2), "channel": (0, 6)}
    assert counts[1e-5].to_dict() == {"batch": (1, 1), "channel": (0, 6)}


def test_relative_thresholds_scale_with_the_largest_value_of_the_same_unfolding():
    values = {("fc2", "batch"): [1e3, 1e-2, 1e-3, 1e-4], ("fc2", "channel"): [1e-3, 1e-9, 1e-10, 0.0]}
    layers = layer_counts(spectrum(4, {"fc2": (4,)}, values), [], [1e-6])
    assert set(layers["threshold_kind"]) == {"relative"}
    assert layers.set_index("mode")["thin_count"].to_dict() == {"batch": 2, "channel": 3}


def test_extremes_and_effective_rank_of_each_unfolding():
    values = {("fc2", "batch"): [2.0, 2.0, 2.0, 0.0]}
    row = layer_counts(spectrum(4, {"fc2": (4,)}, values), [1e-4], []).set_index("mode").loc["batch"]
    assert (row["sigma_max"], row["sigma_min"], row["effective_rank"]) == pytest.approx((2.0, 0.0, 3.0))


@pytest.mark.parametrize(
    ("values", "rank"),
    # Entropy of 1/2, 1/4, 1/4 is 1.5 ln 2.
    [([1.0], 1), ([3e8] * 7 + [0.0] * 5, 7), ([2.0, 1.0, 1.0], 2**1.5), ([0.0, 0.0], 0), ([np.nan] * 2, np.nan)],
)
def test_effective_rank_against_its_definition(values, rank):
    assert effective_rank(values) == pytest.approx(rank, nan_ok=True)


def test_the_literal_convention_takes_a_fully_connected_layer_once():
    values = {("fc2", mode): [1.0, 1e-6, 1e-7, 0.0] for mode in ("batch", "channel")}
    table = totals(layer_counts(spectrum(4, {"fc2": (4,)}, values), [1e-4], []))
    assert total(table, "literal")["count"] == 3
    assert total(table, "thin")["count"] == total(table, "full")["count"] == 6


def test_a_diverged_network_has_no_counts_rather_than_zero():
    values = {("fc2", "batch"): np.full(10, np.nan), ("fc2", "channel"): np.full(10, np.nan)}
    layers = layer_counts(spectrum(30, LENET5, values), [1e-4], [1e-6])
    assert layers[layers["layer"] == "fc2"][["thin_count", "full_count"]].isna().all(axis=None)
    assert not layers[layers["layer"] == "fc1"][["thin_count", "full_count"]].isna().any(axis=None)
    table = totals(layers)
    assert table["count"].isna().all()
    assert total(table, "full")["shape_floor"] == (500 - 30) + (30 - 10) + 0
    assert "nan" not in table.to_csv(index=False).lower()


def test_tables_of_an_experiment_have_the_promised_columns():
    networks = [
        ({"seed": 3, "state": "trained", "trained_batch_size": 128}, spectrum(128, LENET5)),
        ({"seed": 3, "state": "untrained", "trained_batch_size": None}, spectrum(128, LENET5)),
    ]
    table, layers = count_experiment(networks, "lenet5_mnist", "mnist", "lenet5", [1e-4, 1e-5], [1e-6])
    network = "seed state trained_batch_size fed_batch_size"
    counts = "convention threshold_kind threshold count shape_floor rank_floor values"
    assert list(table.columns) == f"experiment dataset model {network} {counts}".split()
    unfolding = "layer layer_index kind mode mode_size thin_size rank_bound sigma_max sigma_min effective_rank"
    counts = "threshold_kind threshold thin_count full_count"
    assert list(layers.columns) == f"experiment {network} {unfolding} {counts}".split()
    assert (len(table), len(layers)) == (2 * 3 * 3, 2 * 3 * 12)
    assert table["trained_batch_size"].isna().tolist() == [False] * 9 + [True] * 9
