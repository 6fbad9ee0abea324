import pandas as pd

from gengap.exhibits.proposition_3 import BROKEN

SUBJECT = {"panels": [{"experiment": "linear", "label": "Linear"}]}
NETWORK = {"experiment": "linear", "seed": 0, "trained_batch_size": 6, "fed_batch_size": 6, "rank": 6, "sigma_min": 0.5}
# Two layers under changes of two sizes: in the second one the bound is exceeded at the smaller change.
CASES = pd.DataFrame(
    NETWORK
    | {"layer": layer, "width": width, "full_row_rank": False, "full_column_rank": True}
    | {"relative_change": change, "measured": 0.25, "bound": 0.5, "tighter_bound": 2.0}
    | {"holds": layer == "fc1" or change > 1e-8}
    for layer, width in (("fc1", 10), ("fc2", 100))
    for change in (1e-8, 1e-4)
)


def test_a_layer_whose_bound_is_exceeded_at_another_size_is_marked(exhibit):
    table = exhibit("proposition_3", SUBJECT, proposition_3=CASES)
    assert [row[6] for row in table.rows] == ["0.25", f"0.25{BROKEN}"]
    assert [mark for mark, _ in table.notes] == [BROKEN]


def test_where_all_networks_diverged_there_are_no_rows(exhibit):
    assert exhibit("proposition_3", SUBJECT, proposition_3=CASES[:0]).rows == []
