import pandas as pd
import pytest
from samples import random_spectrum

from gengap.spectra.counts import count_experiment

SHAPES = {"input": (1, 8, 8), "conv1": (3, 4, 4), "fc1": (30,)}
SUBJECT = {"panels": [{"experiment": "lenet5", "label": "LeNet-5 on MNIST", "network": "LeNet-5"}]}


@pytest.fixture
def measured():
    """Counts and counts of each unfolding of networks trained at 16 and 32 and an untrained one, all fed both sizes."""
    networks = [("trained", 16), ("trained", 32), ("untrained", None)]
    spectra = [
        (
            {"seed": 0, "state": state, "trained_batch_size": trained},
            pd.concat([random_spectrum(fed, SHAPES, seed) for fed in (16, 32)]),
        )
        for seed, (state, trained) in enumerate(networks)
    ]
    return count_experiment(spectra, "lenet5", "mnist", "lenet5", [1e-4, 1e-5], [1e-6])


@pytest.mark.parametrize("with_untrained", [True, False])
def test_a_panel_for_each_layer_has_ranks_relative_to_the_untrained_network(measured, exhibit, lines, with_untrained):
    counts, layers = measured
    layers = layers if with_untrained else layers[layers["state"] == "trained"]
    figure = exhibit("effective_rank", SUBJECT, counts=counts, layers=layers)
    ranks = figure.data
    assert len(ranks) == (3 if with_untrained else 2) * (4 + 2)
    assert set(ranks["fed_batch_size"]) == {32}, "the largest batch that all were fed"
    assert (ranks["effective_rank"] <= ranks["thin_size"]).all()
    channels = ranks[ranks["mode"] == "channel"].set_index(["layer", "state"])["effective_rank"]
    for axes, layer in zip(figure.drawing.axes, ("conv1", "fc1"), strict=True):
        untrained = channels[layer, "untrained"].item() if with_untrained else 1
        expected = (channels[layer, "trained"] / untrained).to_list()
        means, dots, *reference = lines(axes)
        assert (means, dots) == (pytest.approx(expected), pytest.approx(expected))
        assert reference == ([[1, 1]] if with_untrained else [])
        assert axes.get_ylabel() == f"Effective rank, {layer}"


def test_each_experiment_has_a_batch_of_its_own(measured, exhibit):
    small = [frame[frame["fed_batch_size"] == 16].assign(experiment="small") for frame in measured]
    counts, layers = map(pd.concat, zip(measured, small, strict=True))
    panels = [{"experiment": name, "label": name, "network": "LeNet-5"} for name in ("lenet5", "small")]
    ranks = exhibit("effective_rank", {"panels": panels}, counts=counts, layers=layers).data
    assert set(zip(ranks["experiment"], ranks["fed_batch_size"], strict=True)) == {("lenet5", 32), ("small", 16)}


@pytest.mark.parametrize(
    ("state", "conv", "linear", "told"),
    [("trained", 8.0, 8.0, "in 5 of 5 unfoldings"), ("trained", 10.0, 8.0, "in 1 of 5 unfoldings"), ("untrained", 8, 8, "")],
)  # fmt: skip
def test_the_title_tells_in_how_many_unfoldings_the_rank_falls(measured, exhibit, state, conv, linear, told):
    """From 9 at 16 to another value at 32; the two unfoldings of the fully connected layer are one."""
    counts, layers = measured
    layers = layers[layers["state"] == state].copy()
    larger = layers["trained_batch_size"].eq(32).fillna(False)
    layers["effective_rank"] = layers["kind"].map({"conv": conv, "linear": linear}).where(larger, 9.0)
    title = exhibit("effective_rank", SUBJECT, counts=counts, layers=layers).title
    assert told in title
    assert bool(told) == (" of 5 " in title)
