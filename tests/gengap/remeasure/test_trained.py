from types import SimpleNamespace

import pandas as pd

from gengap.remeasure import trained


def test_a_network_that_diverged_changes_nothing_of_the_others(monkeypatch):
    for name in ("load", "input_scaling", "initial_network", "load_weights"):
        monkeypatch.setattr(trained, name, lambda *_args: SimpleNamespace(train_images=None))
    rows = pd.DataFrame({"layer": ["fc1"], "holds": [True]})
    table = trained.measure_again(
        {"options": {"input_scaling": "none"}, "compute": {"device": "cpu", "threads": 1}},
        [("one", 3, 0), ("one", 4, 5)],
        ["first", "second"],
        "data",
        lambda _model, _images, _scaling, batch_size, _device: rows if batch_size == 4 else rows[:0],
    )
    assert table["holds"].dtype == bool
    assert table[["experiment", "seed", "trained_batch_size"]].to_numpy().tolist() == [["one", 5, 4]]
