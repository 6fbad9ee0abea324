import pandas as pd
import pytest

from gengap.exhibits import proposition_3

SUBJECT = {"panels": [{"experiment": "linear", "label": "Linear"}]}
NETWORK = {"experiment": "linear", "trained_batch_size": 6, "fed_batch_size": 6, "rank": 6, "sigma_min": 0.5}


def cases(seed=0, holds=(True, True)):
    """Two layers under changes of two sizes; whether the bound holds at the smaller one, by layer."""
    return pd.DataFrame(
        NETWORK
        | {"seed": seed, "layer": layer, "width": width, "full_row_rank": False, "full_column_rank": True}
        | {"relative_change": change, "measured": 0.25, "bound": 0.5, "tighter_bound": 2.0}
        | {"holds": kept or change > 1e-8}
        for (layer, width), kept in zip((("fc1", 10), ("fc2", 100)), holds, strict=True)
        for change in (1e-8, 1e-4)
    )


@pytest.fixture
def table(exhibit_of):
    return lambda frame: exhibit_of("proposition_3", SUBJECT, proposition_3=frame)


def test_a_layer_whose_bound_is_exceeded_at_another_size_is_marked(table):
    shown = table(cases(holds=(True, False)))
    assert [row[6] for row in shown.rows] == ["0.25", f"0.25{proposition_3.BROKEN}"]
    assert [mark for mark, _ in shown.notes] == [proposition_3.BROKEN]


def test_where_all_networks_diverged_there_are_no_rows(table):
    assert table(cases()[:0]).rows == []
