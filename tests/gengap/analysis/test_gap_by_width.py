import pandas as pd
import pytest

from gengap.analysis.gap_by_width import width_table

NONE = pd.DataFrame()


@pytest.fixture
def widths(stages):
    """Half and single width, of which the half one has a test error of one's choice at 512."""

    def make(largest=3.0, layers=NONE):
        errors = {("half", 0.5): [(512, [largest]), (128, [1.0])], ("lenet5", 1.0): [(128, [1.0]), (512, [2.0])]}
        members = [
            {"experiment": name, "width": width, "rows": stages.loaded(rows, name)}
            for (name, width), rows in errors.items()
        ]
        return width_table([{"title": "LeNet-5", "experiment": "lenet5", "members": members}], NONE, layers, 1e-4)

    return make


def test_the_gap_of_each_width_in_any_order_of_the_batch_sizes(widths):
    frame = widths()
    columns = ["width", "smallest", "largest", "seeds", "gap"]
    assert frame[columns].to_numpy().tolist() == [[0.5, 128, 512, 1, 2.0], [1.0, 128, 512, 1, 1.0]]
    assert frame["gap_std"].isna().all()
    assert widths(largest=None)["width"].tolist() == [1.0], "a width that diverged is left out"
    assert width_table([], NONE, NONE, 1e-4).empty


def layer(units, sigma_min, trained=512, fed=512, **other):
    """The σ_min of one unfolding of `half`."""
    row = {"experiment": "half", "seed": 0, "state": "trained", "kind": "linear", "mode": "channel"}
    sizes = {"trained_batch_size": trained, "fed_batch_size": fed, "mode_size": units, "sigma_min": sigma_min}
    return row | sizes | other


def test_sigma_min_is_that_of_the_widest_fully_connected_layer_at_the_largest_batch_size(widths):
    layers = [
        layer(250, 0.5),
        layer(250, 0.25, seed=1),
        layer(10, 8.0),
        layer(250, 3.0, fed=128),
        layer(250, 2.0, trained=128),
        layer(250, 9.0, state="untrained"),
        layer(400, 7.0, mode="batch"),
        layer(400, 7.0, kind="conv"),
        layer(900, 6.0, experiment="other"),
    ]
    frame = widths(layers=pd.DataFrame(layers))
    assert frame.loc[0, ["units", "sigma_min"]].tolist() == [250, 0.375]
    assert frame.loc[1, ["units", "sigma_min"]].isna().all()
