"""The figure of counts against the threshold."""

import pandas as pd
import pytest

from gengap.render.panels import UNTRAINED
from gengap.spectra.summaries import THRESHOLDS

SUBJECT = {"panels": [{"experiment": "lenet5", "label": "LeNet-5"}], "thresholds": [1e-4]}


@pytest.fixture
def drawn(exhibit_of):
    """The figure of networks, each with its count at the largest threshold, by training batch size (0: untrained)."""

    def made(counts):
        curves = pd.DataFrame(
            {
                "experiment": "lenet5",
                "seed": 0,
                "state": "trained" if trained else "untrained",
                "trained_batch_size": trained or None,
                "fed_batch_size": 64,
                "convention": convention,
                "threshold": threshold,
                "count": count if threshold == THRESHOLDS[-1] else 0,
                "shape_floor": 0,
                "rank_floor": 0,
            }
            for trained, count in counts.items()
            for convention in ("literal", "thin", "full")
            for threshold in THRESHOLDS
        )
        return exhibit_of("threshold_curves", SUBJECT, threshold_curves=curves)

    return made


def test_each_network_has_its_line_and_the_untrained_one_another_style(drawn):
    figure = drawn({0: 3, 32: 70, 8192: 5}).drawing
    axes = [axes for axes in figure.axes if axes.get_visible()]
    assert len(axes) == 1
    for panel in axes:
        curves = [line for line in panel.lines if len(line.get_xdata()) == len(THRESHOLDS)]
        assert sorted(line.get_ydata()[-1] for line in curves) == [3, 5, 70]
        assert [line.get_linestyle() for line in curves].count("--") == 1
    assert UNTRAINED in [text.get_text() for text in figure.legends[0].get_texts()]


def test_the_legend_of_a_single_experiment_is_not_cut_off(drawn):
    sizes = (128, 512, 1024, 2048, 4096, 8192)
    figure = drawn(dict.fromkeys((0, *sizes), 5)).drawing
    box = figure.legends[0].get_window_extent()
    assert 0 <= box.x0 < box.x1 <= figure.bbox.width
    assert len(figure.legends[0].get_texts()) == len(sizes) + 2
