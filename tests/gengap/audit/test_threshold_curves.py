"""Counts against thresholds, checked against the counting that the paper's figures use."""

import numpy as np
import pandas as pd
import pytest
from gengap.audit.panels import UNTRAINED, Panel
from matplotlib.backends.backend_agg import FigureCanvasAgg

from gengap.audit import threshold_curves
from gengap.render.style import figure_style
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


def curves_of(counts):
    """Curves of networks by their training batch size (0: untrained): count at each threshold."""
    rows = [
        {
            "experiment": "lenet5",
            "seed": 0,
            "state": "trained" if trained else "untrained",
            "trained_batch_size": trained or pd.NA,
            "fed_batch_size": 64,
            "convention": convention,
            "threshold": threshold,
            "count": count,
            "shape_floor": 0,
            "rank_floor": 0,
        }
        for trained, values in counts.items()
        for convention in ("literal", "thin", "full")
        for threshold, count in values.items()
    ]
    return pd.DataFrame(rows)


def test_the_caption_tells_the_counts_at_the_right_margin():
    curves = curves_of({0: {0.1: 0, 1.0: 3}, 32: {0.1: 0, 1.0: 70}, 8192: {0.1: 0, 1.0: 5}})
    caption = threshold_curves.item(curves, [Panel("lenet5", "LeNet-5")]).caption
    assert caption.endswith("At t = 1 the thin count goes from 70 (trained at 32) to 5 (trained at 8192) in LeNet-5.")
    assert "At t" not in threshold_curves.item(curves_of({32: {1.0: 70}}), [Panel("lenet5", "LeNet-5")]).caption


def test_the_legend_of_a_single_experiment_is_not_cut_off():
    sizes = (128, 512, 1024, 2048, 4096, 8192)
    curves = curves_of({size: {1e-8: 0, 1.0: 5} for size in (0, *sizes)})
    with figure_style({}) as look:
        figure = threshold_curves.figure(curves, [Panel("lenet5", "LeNet-5")], [1e-4], look)
        FigureCanvasAgg(figure).draw()
    box = figure.legends[0].get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.width
    assert len(figure.legends[0].get_texts()) == len(sizes) + 2
