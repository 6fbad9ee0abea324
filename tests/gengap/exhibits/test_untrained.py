import pandas as pd
import pytest
from samples import counts_of_experiment

PANELS = [{"experiment": "deep", "label": "Deep network"}, {"experiment": "flat", "label": "Flat network"}]


@pytest.mark.parametrize(("statistics", "whose"), [("running", "training images"), ("batch", "fed batch")])
def test_a_panel_for_each_network_has_means_and_floors(exhibit, lines, statistics, whose):
    """Of untrained networks alone; the shapes force 490 and 1538 zeros in the full convention."""
    sizes = (64, 1024)
    counts = pd.concat(
        [counts_of_experiment("deep", sizes=sizes, seeds=(0, 1), lost=2), counts_of_experiment("flat", sizes=sizes)]
    )
    counts["count"] += 10 + counts["seed"]
    subject = {"panels": PANELS, "threshold": 1e-4, "batch_norm_statistics": statistics}
    figure = exhibit("untrained", subject, counts=counts)
    # Of three networks, two batches, three conventions and two absolute thresholds.
    assert (len(figure.data), figure.data["count"].max()) == (3 * 2 * 3 * 2, 1538 + 11)
    deep, flat = figure.drawing.axes
    assert lines(deep)[0] == [10.5, 10.5]
    assert [500.5, 1548.5] in lines(deep)
    assert [490, 1538] in lines(deep)
    assert deep.get_ylim() == flat.get_ylim()
    assert f"the statistics of the {whose})" in figure.caption
