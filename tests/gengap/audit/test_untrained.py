import json

import pandas as pd
import pytest
from gengap.audit.panels import Panel
from gengap.audit.untrained import conclusion, figure, item, untrained_counts, write_untrained_figure

from gengap.render.style import figure_style

STYLE = {"palette": "colorblind", "font_scale": 1.0, "dots_per_inch": 50}
PANELS = [Panel("deep", "Deep network on digits"), Panel("flat", "Flat network on digits")]


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
    data = untrained_counts(counts)
    assert len(data) == len(counts) - 2
    assert data["count"].max() < 10_000


def test_the_sentence_gives_the_ends_the_mean_of_the_seeds_and_the_floors(counts):
    assert conclusion(untrained_counts(counts), PANELS[0], 1e-4) == (
        "Deep network on digits (means of 2 seeds), fed 64 to 128: 1064 to 1128 (literal), 74.5 to 138 (thin), 5064 to 5128 (full)"
        " singular values ≤ 10⁻⁴, of which shapes and ranks alone force 964 to 1028, none, 5064 to 5128"
    )


def test_one_fed_batch_size_has_no_change(counts):
    data = untrained_counts(counts[counts["fed_batch_size"] == 64])
    assert conclusion(data, PANELS[1], 1e-4).startswith("Flat network on digits, fed 64: 1064 (literal), 74 (thin)")


def test_a_panel_for_each_network_with_a_curve_for_each_convention(counts):
    with figure_style(STYLE) as look:
        axes = figure(untrained_counts(counts), PANELS, 1e-4, look).axes
    assert len(axes) == 2
    drawn = [[float(value) for value in line.get_ydata()] for line in axes[0].get_lines()]
    assert [1064.5, 1128.5] in drawn  # the mean of the two seeds
    assert [964.0, 1028.0] in drawn  # the floor
    assert axes[0].get_ylim() == axes[1].get_ylim()


def test_the_files_are_those_of_an_item(counts, tmp_path):
    panels = [{"experiment": panel.experiment, "label": panel.label} for panel in PANELS]
    write_untrained_figure(counts, panels, 1e-4, STYLE, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {f"untrained.{kind}" for kind in ("csv", "pdf", "png", "json")}
    caption = json.loads((tmp_path / "untrained.json").read_text(encoding="utf-8"))["caption"]
    assert caption == item(untrained_counts(counts), PANELS, 1e-4, "running").caption
    assert all(f"{conclusion(untrained_counts(counts), panel, 1e-4)}." in caption for panel in PANELS)


def test_the_caption_says_whose_statistics_batch_norm_has(counts):
    data = untrained_counts(counts)
    assert "has the statistics of the training images" in item(data, PANELS, 1e-4, "running").caption
    assert "has the statistics of the fed batch" in item(data, PANELS, 1e-4, "batch").caption


def test_a_network_without_a_count_has_a_dash(counts):
    counts["count"] = counts["count"].where(counts["convention"] != "thin").astype("Float64")
    assert "– to – (thin)" in conclusion(untrained_counts(counts), PANELS[0], 1e-4)
