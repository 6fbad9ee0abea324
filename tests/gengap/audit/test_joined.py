"""Networks that diverged have no rows, and change nothing of the others'."""

import io

import pandas as pd
import pytest
import torch
from gengap.audit.joined import joined
from gengap.audit.panels import Panel
from gengap.audit.proposition_table import item

from gengap.audit import proposition_3, trained

NONE = pd.DataFrame(columns=proposition_3._COLUMNS)
ROWS = pd.DataFrame(
    proposition_3._changes(torch.eye(4, 3, dtype=torch.float64), torch.eye(4, dtype=torch.float64))
).assign(fed_batch_size=3, layer="fc1")[list(proposition_3._COLUMNS)]
CONCLUSION = "X X⁺ = I is met in 0 of 1 cases, X⁺X = I in 1, both in 0. The bound of equation (5) holds in"


def of(frame, experiment):
    return frame.assign(experiment=experiment, seed=0, trained_batch_size=3)


def as_read(frame):
    return pd.read_csv(io.StringIO(frame.to_csv(index=False)))


@pytest.mark.parametrize("order", [1, -1])
def test_types_are_those_of_the_networks_that_did_not_diverge(order):
    frames = [as_read(of(NONE, "a")), as_read(of(ROWS, "b")), as_read(of(NONE, "c"))][::order]
    pd.testing.assert_frame_equal(joined(frames), of(ROWS, "b"))
    conclusion = item(joined(frames), [Panel("a", "A"), Panel("b", "B")]).notes[-1][1]
    assert conclusion.startswith(CONCLUSION)


def test_columns_stay_where_all_diverged_and_nothing_is_made_of_nothing():
    assert list(joined([NONE, NONE]).columns) == list(NONE.columns)
    assert joined([]).empty


def test_trained_networks_are_measured_so(monkeypatch):
    runs = [("one", 3, 0), ("one", 4, 0)]
    for name in ("load", "input_scaling", "initial_network", "load_weights"):
        monkeypatch.setattr(trained, name, lambda *_args: Nothing())
    table = trained.measure_again(
        {"options": {"input_scaling": "none"}, "compute": {"device": "cpu", "threads": 1}},
        runs,
        ["first", "second"],
        "data",
        lambda _model, _images, _scaling, batch_size, _device: ROWS if batch_size == 4 else NONE,
    )
    assert table["holds"].dtype == bool
    assert set(table["trained_batch_size"]) == {4}


class Nothing:
    """Stands for a data set and a network that nobody looks at."""

    train_images = None
