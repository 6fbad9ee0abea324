"""Effective ranks by layer."""

import pandas as pd

from gengap.audit import effective_rank
from gengap.audit.panels import Panel
from gengap.results.style import figure_style
from gengap.spectra.counts import count_experiment


def layers(make_spectrum):
    shapes = {"input": (1, 8, 8), "conv1": (3, 4, 4), "fc1": (30,)}
    networks = [("trained", 16), ("trained", 32), ("untrained", None)]
    spectra = [
        (
            {"seed": 0, "state": state, "trained_batch_size": trained},
            pd.concat([make_spectrum(fed, shapes, seed) for fed in (16, 32)]),
        )
        for seed, (state, trained) in enumerate(networks)
    ]
    return count_experiment(spectra, "lenet5", "mnist", "lenet5", [1e-4, 1e-5], [1e-6])[1]


def test_one_row_for_each_network_and_unfolding_of_the_chosen_batch(make_spectrum):
    ranks = effective_rank.effective_ranks(layers(make_spectrum), 32)
    assert len(ranks) == 3 * (4 + 2)
    assert set(ranks["fed_batch_size"]) == {32}
    assert "input" not in set(ranks["kind"])
    assert (ranks["effective_rank"] <= ranks["thin_size"]).all()


def test_the_figure_shows_every_network_and_the_caption_how_far_they_differ(make_spectrum):
    ranks = effective_rank.effective_ranks(layers(make_spectrum), 32)
    with figure_style({}) as look:
        figure = effective_rank.figure(ranks, [Panel("lenet5", "LeNet-5")], look)
    assert [len(axes.lines) for axes in figure.axes if axes.get_visible()] == [3, 3]
    trained = ranks[(ranks["state"] == "trained") & (ranks["mode"] == "batch")].groupby("layer")["effective_rank"]
    factor = (trained.max() / trained.min()).max()
    assert f"by a factor of {factor:.2g} at most" in effective_rank.item(ranks).caption
