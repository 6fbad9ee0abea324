"""Counts against thresholds, checked against the counting that the paper's figures use."""

import numpy as np
import pandas as pd
import pytest

from gengap.audit import threshold_curves
from gengap.audit.panels import UNTRAINED, Panel
from gengap.results.style import figure_style
from gengap.spectra.counts import layer_counts, totals

LAYERS = {"input": (1, 12, 12), "conv1": (3, 2, 2), "conv2": (50, 1, 2), "fc1": (30,), "fc2": (10,)}
KEYS = ["convention", "threshold"]


@pytest.mark.parametrize("fed", [8, 64, 256])
def test_the_same_as_the_counts_of_the_figures(make_spectrum, fed):
    spectrum, thresholds = make_spectrum(fed, LAYERS), [1e-8, 1e-5, 1e-4, 0.5]
    expected = totals(layer_counts(spectrum, thresholds, [])).set_index(KEYS).sort_index()
    found = threshold_curves.threshold_counts(spectrum, thresholds).set_index(KEYS).sort_index()
    for name in ("count", "shape_floor", "rank_floor"):
        assert found[name].tolist() == expected[name].tolist(), name


def test_a_diverged_network_has_no_counts(make_spectrum):
    spectrum = make_spectrum(8, LAYERS).assign(singular_value=np.nan)
    assert threshold_curves.threshold_counts(spectrum)["count"].isna().all()


def test_each_network_has_its_line_and_the_untrained_one_another_style(make_spectrum):
    counted = [
        threshold_curves.threshold_counts(make_spectrum(64, LAYERS, seed)).assign(
            experiment="lenet5", seed=0, state="any", trained_batch_size=trained, fed_batch_size=64
        )
        for seed, trained in enumerate((32, 64, pd.NA))
    ]
    with figure_style({}) as look:
        figure = threshold_curves.figure(pd.concat(counted), [Panel("lenet5", "LeNet-5")], [1e-4], look)
    literal, thin = (axes for axes in figure.axes if axes.get_visible())
    for axes in (literal, thin):
        curves = [line for line in axes.lines if len(line.get_xdata()) == len(threshold_curves.THRESHOLDS)]
        assert len(curves) == 3
        assert [line.get_linestyle() for line in curves].count("--") == 1
    assert UNTRAINED in [text.get_text() for text in figure.legends[0].get_texts()]
