import pandas as pd

from gengap.analysis.gap_by_width import width_table


def layer(units, sigma_min, trained=512, fed=512, **other):
    """The σ_min of one unfolding of `half`."""
    row = {"experiment": "half", "seed": 0, "state": "trained", "kind": "linear", "mode": "channel"}
    sizes = {"trained_batch_size": trained, "fed_batch_size": fed, "mode_size": units, "sigma_min": sigma_min}
    return row | sizes | other


def test_sigma_min_is_that_of_the_widest_fully_connected_layer_at_the_largest_batch_size(stages):
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
    members = [
        {"experiment": name, "width": width, "rows": stages.loaded([(128, [1.0]), (512, [2.0])], name)}
        for name, width in (("half", 0.5), ("lenet5", 1.0))
    ]
    groups = [{"title": "LeNet-5", "experiment": "lenet5", "members": members}]
    frame = width_table(groups, pd.DataFrame(), pd.DataFrame(layers), 1e-4)
    assert frame.loc[0, ["units", "sigma_min"]].tolist() == [250, 0.375]
    assert frame.loc[1, ["units", "sigma_min"]].isna().all()
