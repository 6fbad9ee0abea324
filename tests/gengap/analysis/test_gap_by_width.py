"""Networks of several widths, compared."""

import pandas as pd
import pytest

from gengap.analysis.gap_by_width import width_table

NONE = pd.DataFrame()


@pytest.fixture
def widths(stages):
    """Half and single width, by the test errors of the seeds at 128 and 512; `None` diverged."""

    def make(half=((1.0,), (3.0,)), counts=NONE, layers=NONE):
        def member(experiment, width, errors):
            rows = [
                (size, [{"test_error_percent": error, "diverged": error is None} for error in of_seeds])
                for size, of_seeds in errors.items()
            ]
            return {"experiment": experiment, "width": width, "rows": stages.loaded(rows, experiment)}

        members = [member("half", 0.5, {512: half[1], 128: half[0]}), member("lenet5", 1.0, {128: [1.0], 512: [2.0]})]
        return width_table([{"title": "LeNet-5", "experiment": "lenet5", "members": members}], counts, layers, 1e-4)

    return make


def test_the_gap_of_each_width_in_any_order_of_the_batch_sizes(widths):
    frame = widths()
    columns = ["width", "smallest", "largest", "seeds", "gap"]
    assert frame[columns].to_numpy().tolist() == [[0.5, 128, 512, 1, 2.0], [1.0, 128, 512, 1, 1.0]]
    assert frame["gap_std"].isna().all()
    assert widths(half=((1.0,), (None,)))["width"].tolist() == [1.0], "a width that diverged is left out"
    assert width_table([], NONE, NONE, 1e-4).empty


def test_the_gap_of_several_seeds_has_a_deviation(widths):
    frame = widths(half=((1.0, 1.5), (3.0, 3.9)))
    assert frame["seeds"].tolist() == [2, 1]
    assert frame["gap"].tolist() == pytest.approx([3.45 - 1.25, 1.0])
    assert frame["gap_std"][0] == pytest.approx((0.5 * 0.5**2 + 0.5 * 0.9**2) ** 0.5)


def test_the_counts_of_a_width_stand_beside_what_shapes_force_of_them(widths, make_counts):
    cells = {("literal", 512, 512): 9, ("thin", 512, 512): 4, ("full", 512, 512): 30, ("full", 128, 128): 99}
    counts = make_counts(cells, "half", floors={("literal", 512): 5, ("full", 512): 26})
    first, second = widths(counts=counts).to_dict("records")
    assert [(first[name], first[f"{name}_floor"]) for name in ("literal", "thin", "full")] == [(9, 5), (4, 0), (30, 26)]
    assert pd.isna(second["literal"])


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
