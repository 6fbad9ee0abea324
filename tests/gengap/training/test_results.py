"""The files of a run hold what they promise, and the same training gives the same bytes."""

import csv
import hashlib
import json

import pytest
import safetensors.torch
import torch

from gengap.training.results import HISTORY_COLUMNS, TRAJECTORY_COLUMNS, write_results


@pytest.fixture
def write(tmp_path):
    def write(model, metrics, history, folder="run"):
        names = ("weights.safetensors", "metrics.json", "history.csv", "trajectory.csv")
        paths = {f"{name.split('.')[0]}_path": tmp_path / folder / name for name in names}
        write_results(model, metrics, history, [dict.fromkeys(TRAJECTORY_COLUMNS, 0.1 + 0.2)], **paths)
        return tmp_path / folder

    return write


@pytest.fixture
def model():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3)).to(memory_format=torch.channels_last)


def row(epoch, **changed):
    return dict.fromkeys(HISTORY_COLUMNS, 0.1 + 0.2) | {"epoch": epoch} | changed


def test_weights_are_the_whole_state_as_it_is_with_a_checksum(model, write):
    with torch.no_grad():
        model[0].bias.fill_(float("nan"))
    path = write(model, {}, []) / "weights.safetensors"
    weights = safetensors.torch.load_file(path)
    assert weights.keys() == model.state_dict().keys()
    assert all(weights[name].equal(tensor) for name, tensor in model.state_dict().items() if name != "0.bias")
    assert weights["0.bias"].isnan().all()
    assert weights["1.running_var"].dtype == torch.float32
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.with_suffix(".safetensors.sha256").read_text() == f"{digest}  weights.safetensors\n"


def _rows(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def test_numbers_come_back_exactly_and_what_was_not_finite_is_null_and_empty(model, write):
    metrics = {"test_error_percent": 0.1 + 0.2, "diverged": False, "train_loss": None}
    folder = write(model, metrics, [row(1), row(2, train_cross_entropy=None)])
    assert json.loads((folder / "metrics.json").read_text()) == metrics
    rows, trajectory = (_rows(folder / f"{name}.csv") for name in ("history", "trajectory"))
    assert [float(entry["weight_penalty"]) for entry in rows] == [0.1 + 0.2] * 2
    assert [float(entry["weight_distance"]) for entry in trajectory] == [0.1 + 0.2]
    assert rows[1]["train_cross_entropy"] == ""
    assert tuple(rows[0]) == HISTORY_COLUMNS
