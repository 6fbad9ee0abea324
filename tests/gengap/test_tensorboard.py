"""Histories come back from event files as TensorBoard itself reads them."""

import pytest

from gengap.errors import UserError
from gengap.tensorboard import export

accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator", reason="an extra")


def test_every_number_of_a_history_stands_at_its_update(stages, tmp_path):
    stages.metrics(experiment="mine")
    stages.provenance("runs/mine/bs128/seed0/provenance.json", run={"options": {}})
    with pytest.raises(UserError):
        export(stages.folder, tmp_path / "curves")
    stages.history("mine", 128, epoch=[1, 2], updates=[469, 938], test_error_percent=[12.5, None])

    export(stages.folder, tmp_path / "curves")
    read = accumulator.EventAccumulator(str(tmp_path / "curves/mine/bs128/seed0")).Reload()
    found = {name: [(one.step, one.value) for one in read.Scalars(name)] for name in read.Tags()["scalars"]}
    assert found == {"epoch": [(469, 1.0), (938, 2.0)], "test_error_percent": [(469, 12.5)]}
    with pytest.raises(UserError):
        export(stages.folder, tmp_path / "curves")
