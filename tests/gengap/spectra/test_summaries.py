import numpy as np
import pandas as pd
import pytest
from samples import random_spectrum, spectrum

from gengap.analysis.fed_batches import shown_fed_batch
from gengap.spectra.counts import count_experiment, layer_counts, totals
from gengap.spectra.summaries import fully_connected, summaries, threshold_counts

LAYERS = {"input": (1, 12, 12), "conv1": (3, 2, 2), "conv2": (50, 1, 2), "fc1": (30,), "fc2": (10,)}
KEYS = ["convention", "threshold"]


@pytest.mark.parametrize("fed", [8, 64, 256])
def test_the_same_as_the_counts_of_the_figures(fed):
    table, thresholds = random_spectrum(fed, LAYERS), [1e-8, 1e-5, 1e-4, 0.5]
    expected = totals(layer_counts(table, thresholds, [])).set_index(KEYS).sort_index()
    found = threshold_counts(table, thresholds).set_index(KEYS).sort_index()
    for name in ("count", "shape_floor", "rank_floor"):
        assert found[name].tolist() == expected[name].tolist(), name


def test_a_diverged_network_has_no_counts():
    diverged = random_spectrum(8, LAYERS).assign(singular_value=np.nan)
    assert threshold_counts(diverged)["count"].isna().all()


def of_matrices(matrices):
    tables = []
    for matrix in matrices:
        values = np.linalg.svd(matrix, compute_uv=False)
        tables.append(spectrum(len(matrix), {"fc1": (80,)}, {("fc1", "batch"): values, ("fc1", "channel"): values}))
    return pd.concat(tables)


def test_the_prediction_of_a_layer_knows_its_scale_but_not_its_mean():
    generator = np.random.default_rng(0)
    table = fully_connected(of_matrices([5.0 + 0.3 * generator.standard_normal((size, 80)) for size in (10, 300)]))
    assert table["width"].tolist() == [80, 80]
    assert table["scale"].to_numpy() == pytest.approx(0.3, rel=0.05)
    assert table["sigma_min"].to_numpy() == pytest.approx(table["predicted"].to_numpy(), rel=0.1)


def test_the_widest_layer_is_taken():
    table = spectrum(20, {"conv1": (90, 2, 2), "fc1": (10,), "fc2": (50,)})
    assert fully_connected(table)["layer"].tolist() == ["fc2"]


@pytest.mark.parametrize(
    ("fed", "shown"),
    [({16: (16,), 32: (32,)}, [(32, 32)]), ({16: (16, 32), 32: (16,)}, [(16, 16), (32, 16)])],
    ids=["each its own", "all one"],
)
def test_curves_are_of_networks_fed_one_batch(fed, shown):
    spectra = [
        (
            {"state": "trained", "trained_batch_size": size, "seed": 0},
            pd.concat([random_spectrum(one, {"input": (1, 8, 8), "fc1": (30,)}) for one in sizes]),
        )
        for size, sizes in fed.items()
    ]
    counts, _ = count_experiment(spectra, "lenet5", "mnist", "lenet5", [1e-4], [])
    curves, smallest = summaries(spectra, "lenet5", shown_fed_batch(counts))
    networks = curves[["trained_batch_size", "fed_batch_size"]].drop_duplicates()
    assert sorted(networks.itertuples(index=False, name=None)) == shown
    assert len(smallest) == sum(map(len, fed.values())), "σ_min of every fed batch"
