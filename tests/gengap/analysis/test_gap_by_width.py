"""Networks of several widths, compared."""

import pandas as pd
import pytest

from gengap.analysis.gap_by_width import width_table

MEANS = {"train_error_percent": 0, "train_cross_entropy": 0.001, "test_cross_entropy": 0.02, "weight_penalty": 0.1}
MEANS |= {"train_loss": 0.101, "test_loss": 0.12}
NONE = pd.DataFrame()


def run(error, seed=0):
    """Metrics of one training; without an error it has diverged."""
    values = {**(MEANS if error is not None else dict.fromkeys(MEANS)), "test_error_percent": error}
    other = {"updates": 100, "weight_distance": 1.0, "epochs": 60.0}
    return {"experiment": "any", "seed": seed, "diverged": error is None} | other | values


def member(experiment, width, errors):
    """A width with the test errors of each batch size, one for each seed."""
    rows = [
        {"label": str(size), "metrics": [run(error, seed) for seed, error in enumerate(of_seeds)]}
        for size, of_seeds in errors.items()
    ]
    return {"experiment": experiment, "width": width, "rows": rows}


LENET5 = member("lenet5", 1.0, {128: [1.0], 512: [2.0]})


def widths(half=((1.0,), (3.0,)), counts=NONE, layers=NONE):
    """Half and single width at two batch sizes."""
    members = [member("half", 0.5, dict(zip((512, 128), half[::-1], strict=True))), LENET5]
    return width_table([{"title": "LeNet-5", "experiment": "lenet5", "members": members}], counts, layers, 1e-4)


def test_the_gap_of_each_width_in_any_order_of_the_batch_sizes():
    frame = widths()
    columns = ["width", "smallest", "largest", "seeds", "gap"]
    assert frame[columns].to_numpy().tolist() == [[0.5, 128, 512, 1, 2.0], [1.0, 128, 512, 1, 1.0]]
    assert frame["gap_std"].isna().all()
    assert widths(half=((1.0,), (None,)))["width"].tolist() == [1.0], "a width that diverged is left out"
    assert width_table([], NONE, NONE, 1e-4).empty


def test_the_gap_of_several_seeds_has_a_deviation():
    frame = widths(half=((1.0, 1.5), (3.0, 3.9)))
    assert frame["seeds"].tolist() == [2, 1]
    assert frame["gap"].tolist() == pytest.approx([3.45 - 1.25, 1.0])
    assert frame["gap_std"][0] == pytest.approx((0.5 * 0.5**2 + 0.5 * 0.9**2) ** 0.5)


def test_the_counts_of_a_width_stand_beside_what_shapes_force_of_them(make_counts):
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


def test_sigma_min_is_that_of_the_widest_fully_connected_layer_at_the_largest_batch_size():
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
