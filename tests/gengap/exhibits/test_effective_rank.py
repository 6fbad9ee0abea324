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


def test_every_network_has_a_line_in_parts_of_the_untrained_one(made):
    axes = [axes for axes in made().drawing.axes if axes.get_visible()]
    assert [len(panel.lines) for panel in axes] == [3, 3]
    for panel in axes:
        (untrained,) = (line for line in panel.lines if line.get_linestyle() == "--")
        assert (untrained.get_ydata() == 1).all()


def test_without_an_untrained_network_the_ranks_themselves_are_shown(measured, made):
    figure = made(measured[1][measured[1]["state"] == "trained"])
    shown = sorted(value for line in figure.drawing.axes[0].lines for value in line.get_ydata())
    expected = figure.data.loc[figure.data["mode"] == "batch", "effective_rank"]
    assert shown == pytest.approx(sorted(expected))
    assert "untrained" not in figure.drawing.axes[0].get_ylabel()


@pytest.mark.parametrize(
    ("state", "conv", "linear", "told"),
    [("trained", 8.0, 8.0, "in 5 of 5 unfoldings"), ("trained", 10.0, 8.0, "in 1 of 5 unfoldings"), ("untrained", 8, 8, "")],
)  # fmt: skip
def test_the_caption_tells_in_how_many_unfoldings_the_rank_falls(measured, made, state, conv, linear, told):
    """From 9 at 16 to another value at 32; the two unfoldings of the fully connected layer are one."""
    layers = measured[1][measured[1]["state"] == state].copy()
    larger = layers["trained_batch_size"].eq(32).fillna(False)
    layers["effective_rank"] = layers["kind"].map({"conv": conv, "linear": linear}).where(larger, 9.0)
    caption = made(layers).caption
    assert told in caption
    assert bool(told) == (" of 5 " in caption)
