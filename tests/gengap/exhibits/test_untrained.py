import pandas as pd
import pytest

PANELS = [{"experiment": "deep", "label": "Deep network"}, {"experiment": "flat", "label": "Flat network"}]


@pytest.mark.parametrize(("statistics", "whose"), [("running", "training images"), ("batch", "fed batch")])
def test_a_panel_for_each_network_has_means_and_floors_of_untrained_networks(exhibit_of, lines, statistics, whose):
    rows = [
        (experiment, seed, "untrained", pd.NA, fed, convention, "absolute", 1e-4, base + seed + fed, floor + fed)
        for experiment, seeds in (("deep", (0, 1)), ("flat", (0,)))
        for seed in seeds
        for fed in (64, 128)
        for convention, base, floor in (("literal", 1000, 900), ("thin", 10, -fed), ("full", 5000, 5000))
    ]
    trained = ("deep", 0, "trained", 64, 64, "thin", "absolute", 1e-4, 999_999, 0)
    relative = ("deep", 0, "untrained", pd.NA, 64, "thin", "relative", 1e-4, 888_888, 0)
    columns = ["experiment", "seed", "state", "trained_batch_size", "fed_batch_size", "convention", "threshold_kind"]
    counts = pd.DataFrame([*rows, trained, relative], columns=[*columns, "threshold", "count", "rank_floor"])
    subject = {"panels": PANELS, "threshold": 1e-4, "batch_norm_statistics": statistics}
    figure = exhibit_of("untrained", subject, counts=counts.assign(shape_floor=counts["rank_floor"]))
    assert (len(figure.data), figure.data["count"].max()) == (len(rows), 5129)
    deep, flat = figure.drawing.axes
    means, floors = [1064.5, 1128.5], [964.0, 1028.0]
    assert lines(deep)[0] == means
    assert floors in lines(deep)
    assert deep.get_ylim() == flat.get_ylim()
    assert f"the statistics of the {whose})" in figure.caption
