"""The figure of effective ranks by layer."""

import pandas as pd
import pytest

from gengap.spectra.counts import count_experiment

SHAPES = {"input": (1, 8, 8), "conv1": (3, 4, 4), "fc1": (30,)}
SUBJECT = {"panels": [{"experiment": "lenet5", "label": "LeNet-5"}]}


@pytest.fixture
def measured(make_spectrum):
    """Counts and counts of each unfolding of networks trained at 16 and 32 and an untrained one, all fed both sizes."""
    networks = [("trained", 16), ("trained", 32), ("untrained", None)]
    spectra = [
        (
            {"seed": 0, "state": state, "trained_batch_size": trained},
            pd.concat([make_spectrum(fed, SHAPES, seed) for fed in (16, 32)]),
        )
        for seed, (state, trained) in enumerate(networks)
    ]
    return count_experiment(spectra, "lenet5", "mnist", "lenet5", [1e-4, 1e-5], [1e-6])


@pytest.fixture
def made(measured, exhibit_of):
    """The figure, from the unfoldings that are left."""
    counts, every = measured
    return lambda layers=every: exhibit_of("effective_rank", SUBJECT, counts=counts, layers=layers)


def test_one_row_for_each_network_and_unfolding_of_the_largest_common_batch(made):
    ranks = made().data
    assert len(ranks) == 3 * (4 + 2)
    assert set(ranks["fed_batch_size"]) == {32}
    assert "input" not in set(ranks["kind"])
    assert (ranks["effective_rank"] <= ranks["thin_size"]).all()


def test_a_panel_for_each_layer_has_a_dot_for_each_network_in_parts_of_the_untrained_one(made):
    figure = made()
    panels = [axes for axes in figure.drawing.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") for axes in panels] == ["conv1", "fc1"]
    ranks = figure.data[figure.data["mode"] == "channel"].set_index(["layer", "state", "trained_batch_size"])
    for axes, layer in zip(panels, ("conv1", "fc1"), strict=True):
        means, dots, untrained = axes.lines
        of_layer = ranks["effective_rank"].loc[layer]
        expected = of_layer.loc["trained"].to_numpy() / of_layer.loc["untrained"].item()
        assert list(means.get_xdata()) == list(dots.get_xdata()) == [16, 32]
        assert dots.get_ydata() == pytest.approx(expected)
        assert list(untrained.get_ydata()) == [1, 1]


def test_without_an_untrained_network_the_ranks_themselves_are_shown(measured, made):
    figure = made(measured[1][measured[1]["state"] == "trained"])
    expected = figure.data.loc[(figure.data["mode"] == "channel") & (figure.data["layer"] == "conv1"), "effective_rank"]
    assert figure.drawing.axes[0].lines[1].get_ydata() == pytest.approx(expected.to_numpy())
    assert "untrained" not in figure.drawing.axes[0].get_ylabel()


@pytest.mark.parametrize(
    ("state", "conv", "linear", "told"),
    [("trained", 8.0, 8.0, "in 5 of 5 unfoldings"), ("trained", 10.0, 8.0, "in 1 of 5 unfoldings"), ("untrained", 8, 8, "")],
)  # fmt: skip
def test_the_title_tells_in_how_many_unfoldings_the_rank_falls(measured, made, state, conv, linear, told):
    """From 9 at 16 to another value at 32; the two unfoldings of the fully connected layer are one."""
    layers = measured[1][measured[1]["state"] == state].copy()
    larger = layers["trained_batch_size"].eq(32).fillna(False)
    layers["effective_rank"] = layers["kind"].map({"conv": conv, "linear": linear}).where(larger, 9.0)
    title = made(layers).title
    assert told in title
    assert bool(told) == (" of 5 " in title)
