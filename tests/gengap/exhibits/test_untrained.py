"""The figure of networks that were never trained."""

import pandas as pd
import pytest

from gengap.exhibits import untrained

PANELS = [{"experiment": "deep", "label": "Deep network"}, {"experiment": "flat", "label": "Flat network"}]
SUBJECT = {"panels": PANELS, "threshold": 1e-4, "batch_norm_statistics": "running"}


@pytest.fixture
def counts():
    """Two experiments, fed 64 and 128: two seeds of the first; a trained network and a relative threshold besides."""
    lines = [
        (experiment, seed, "untrained", pd.NA, fed, convention, "absolute", 1e-4, base + seed + fed, floor + fed)
        for experiment, seeds in (("deep", (0, 1)), ("flat", (0,)))
        for seed in seeds
        for fed in (64, 128)
        for convention, base, floor in (("literal", 1000, 900), ("thin", 10, -fed), ("full", 5000, 5000))
    ]
    trained = ("deep", 0, "trained", 64, 64, "thin", "absolute", 1e-4, 999_999, 0)
    relative = ("deep", 0, "untrained", pd.NA, 64, "thin", "relative", 1e-4, 888_888, 0)
    columns = ["experiment", "seed", "state", "trained_batch_size", "fed_batch_size", "convention", "threshold_kind"]
    frame = pd.DataFrame([*lines, trained, relative], columns=[*columns, "threshold", "count", "rank_floor"])
    return frame.assign(shape_floor=frame["rank_floor"])


def test_trained_networks_and_relative_thresholds_are_left_out(counts):
    data = untrained.untrained_counts(counts)
    assert len(data) == len(counts) - 2
    assert data["count"].max() < 10_000


def test_a_panel_for_each_network_with_a_curve_for_each_convention(counts, exhibit_of):
    figure = exhibit_of("untrained", SUBJECT, counts=counts)
    axes = figure.drawing.axes
    assert len(axes) == 2
    drawn = [[float(value) for value in line.get_ydata()] for line in axes[0].get_lines()]
    assert [1064.5, 1128.5] in drawn, "the mean of the two seeds"
    assert [964.0, 1028.0] in drawn, "the floor"
    assert axes[0].get_ylim() == axes[1].get_ylim()


@pytest.mark.parametrize(("statistics", "whose"), [("running", "training images"), ("batch", "fed batch")])
def test_the_caption_says_whose_statistics_batch_norm_has(counts, exhibit_of, statistics, whose):
    figure = exhibit_of("untrained", SUBJECT | {"batch_norm_statistics": statistics}, counts=counts)
    assert f"the statistics of the {whose})" in figure.caption
