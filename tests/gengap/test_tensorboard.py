"""Histories come back from event files as TensorBoard itself reads them."""

import json

import pandas as pd
import pytest

from gengap.errors import UserError
from gengap.tensorboard import export

accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator", reason="an extra")

RUN = "mine/bs128/seed0"
METRICS = {"experiment": "mine", "model": "lenet5", "dataset": "mnist", "batch_size": 128, "seed": 0}


def test_every_number_of_a_history_stands_at_its_update(tmp_path):
    folder = tmp_path / "results" / "runs" / RUN
    folder.mkdir(parents=True)
    (folder / "metrics.json").write_text(json.dumps(METRICS | {"test_error_percent": 0.5, "train_error_percent": 0.0}))
    (folder / "provenance.json").write_text(json.dumps({"run": {"options": {}}}))
    with pytest.raises(UserError):
        export(tmp_path / "results", tmp_path / "curves")
    history = pd.DataFrame({"epoch": [1, 2], "updates": [469, 938], "test_error_percent": [12.5, None]})
    history.to_csv(folder / "history.csv", index=False)

    export(tmp_path / "results", tmp_path / "curves")
    read = accumulator.EventAccumulator(str(tmp_path / "curves" / RUN)).Reload()
    found = {name: [(one.step, one.value) for one in read.Scalars(name)] for name in read.Tags()["scalars"]}
    assert found == {"epoch": [(469, 1.0), (938, 2.0)], "test_error_percent": [(469, 12.5)]}
    with pytest.raises(UserError):
        export(tmp_path / "results", tmp_path / "curves")
