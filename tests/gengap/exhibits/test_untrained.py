"""The figure of networks that were never trained."""

import pandas as pd
import pytest

from gengap.exhibits import untrained
from gengap.render.panels import Panel

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
    assert all(panel["label"] in figure.caption for panel in PANELS)


@pytest.mark.parametrize(("statistics", "whose"), [("running", "training images"), ("batch", "fed batch")])
def test_the_caption_says_whose_statistics_batch_norm_has(counts, exhibit_of, statistics, whose):
    figure = exhibit_of("untrained", SUBJECT | {"batch_norm_statistics": statistics}, counts=counts)
    assert f"the statistics of the {whose})" in figure.caption


def test_a_network_in_words(counts):
    def told(counts, panel):
        return untrained.conclusion(untrained.untrained_counts(counts), Panel(**panel), 1e-4)

    for part in ("2 seeds", "1064 to 1128 (literal)", "74.5 to 138 (thin)", "964 to 1028, none, 5064 to 5128"):
        assert part in told(counts, PANELS[0])
    assert "fed 64: 1064 (literal)" in told(counts[counts["fed_batch_size"] == 64], PANELS[1])
    counts["count"] = counts["count"].where(counts["convention"] != "thin").astype("Float64")
    assert "– to – (thin)" in told(counts, PANELS[0])
