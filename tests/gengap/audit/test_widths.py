import json

import pandas as pd
import pytest

from gengap.audit.widths import item, width_table

MEANS = {"train_error_percent": 0, "train_cross_entropy": 0.001, "test_cross_entropy": 0.02, "weight_penalty": 0.1}


@pytest.fixture
def group(tmp_path):
    """Half and single width at two batch sizes; the errors are 1 and 3 percent, and 1 and 2 percent."""

    def member(experiment, width, errors):
        rows = []
        for size, error in errors.items():
            path = tmp_path / f"{experiment}-{size}.json"
            run = {"experiment": experiment, "batch_size": size, "seed": 0, "diverged": error is None, "epochs": 60.0}
            losses = dict.fromkeys([*MEANS, "train_loss", "test_loss"], None) if error is None else MEANS
            run |= losses | {"updates": 100, "test_error_percent": error, "weight_distance": 1.0}
            run |= {} if error is None else {"train_loss": 0.101, "test_loss": 0.12}
            path.write_text(json.dumps(run))
            rows.append({"label": str(size), "metrics": [str(path)]})
        return {"experiment": experiment, "width": width, "rows": rows}

    def make(largest_of_half=3.0):
        members = [member("half", 0.5, {128: 1.0, 512: largest_of_half}), member("lenet5", 1.0, {128: 1.0, 512: 2.0})]
        return {"title": "LeNet-5", "experiment": "lenet5", "members": members}

    return make


def test_gaps_and_counts_of_each_width(group, make_counts):
    cells = {(convention, 512, 512): 7 for convention in ("literal", "thin", "full")}
    frame = width_table([group()], make_counts(cells, "half"), 1e-4)
    assert frame["width"].tolist() == [0.5, 1.0]
    assert frame["gap"].tolist() == [2.0, 1.0]
    assert frame["literal"].iloc[0] == 7
    assert frame["literal"].isna().tolist() == [False, True]
    table = item(frame, 1e-4)
    assert table.rows[0] == ["LeNet-5", "0.5", "128 → 512", "1.00", "3.00", "2.00", "7", "7", "7"]
    assert table.rows[1][0] == ""
    assert table.rows[1][-1] == "–"


def test_a_width_that_diverged_is_left_out(group):
    frame = width_table([group(largest_of_half=None)], pd.DataFrame(), 1e-4)
    assert frame["width"].tolist() == [1.0]
    assert width_table([], pd.DataFrame(), 1e-4).empty
