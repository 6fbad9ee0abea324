"""Effective ranks by layer."""

import pandas as pd
from gengap.audit.panels import Panel

from gengap.audit import effective_rank
from gengap.render.style import figure_style
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
    for axes in figure.axes[:2]:
        untrained = [line for line in axes.lines if line.get_linestyle() == "--"]
        assert len(untrained) == 1
        assert (untrained[0].get_ydata() == 1).all()


def test_without_an_untrained_network_the_ranks_themselves_are_shown(make_spectrum):
    ranks = effective_rank.effective_ranks(layers(make_spectrum), 32)
    trained = ranks[ranks["state"] == "trained"]
    with figure_style({}) as look:
        figure = effective_rank.figure(trained, [Panel("lenet5", "LeNet-5")], look)
    assert figure.axes[0].get_ylabel() == "effective rank"
    shown = sorted(value for line in figure.axes[0].lines for value in line.get_ydata())
    assert shown == sorted(trained.loc[trained["mode"] == "batch", "effective_rank"])


def test_the_caption_tells_in_how_many_unfoldings_the_rank_falls(make_spectrum):
    ranks = effective_rank.effective_ranks(layers(make_spectrum), 32)
    smaller, larger = (ranks["trained_batch_size"] == size for size in (16, 32))
    ranks.loc[smaller, "effective_rank"], ranks.loc[larger, "effective_rank"] = 9.0, 8.0
    assert "falls with the training batch size (τ ≤ −0.6) in 5 of 5 unfoldings" in effective_rank.item(ranks).caption
    ranks.loc[larger & (ranks["kind"] == "conv"), "effective_rank"] = 10.0
    assert " in 1 of 5 unfoldings" in effective_rank.item(ranks).caption
    lone = ranks[ranks["state"] == "untrained"]
    assert "unfoldings of" not in effective_rank.item(lone).caption
