"""The files of a run hold what they promise, and the same training gives the same bytes."""

import csv
import hashlib
import json

import pytest
import safetensors.torch
import torch

from gengap.training.results import HISTORY_COLUMNS, write_results


@pytest.fixture
def write(tmp_path):
    def write(model, metrics, history, folder="run"):
        paths = {
            "weights_path": tmp_path / folder / "weights.safetensors",
            "metrics_path": tmp_path / folder / "metrics.json",
            "history_path": tmp_path / folder / "history.csv",
        }
        write_results(model, metrics, history, **paths)
        return tmp_path / folder

    return write


@pytest.fixture
def model():
    torch.manual_seed(0)
    return torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3)).to(memory_format=torch.channels_last)


def row(epoch, **changed):
    return dict.fromkeys(HISTORY_COLUMNS, 0.1 + 0.2) | {"epoch": epoch} | changed


def test_weights_are_the_whole_state(model, write):
    folder = write(model, {}, [])
    weights = safetensors.torch.load_file(folder / "weights.safetensors")
    assert weights.keys() == model.state_dict().keys()
    assert all(torch.equal(weights[name], tensor) for name, tensor in model.state_dict().items())
    assert weights["1.running_var"].dtype == torch.float32


def test_weights_have_a_checksum_beside_them(model, write):
    folder = write(model, {}, [])
    digest = hashlib.sha256((folder / "weights.safetensors").read_bytes()).hexdigest()
    assert (folder / "weights.safetensors.sha256").read_text() == f"{digest}  weights.safetensors\n"


def test_numbers_come_back_exactly(model, write):
    folder = write(model, {"test_error_percent": 0.1 + 0.2, "diverged": False}, [row(1), row(2)])
    assert json.loads((folder / "metrics.json").read_text())["test_error_percent"] == 0.1 + 0.2
    with open(folder / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(entry["weight_distance"]) for entry in rows] == [0.1 + 0.2] * 2
    assert tuple(rows[0]) == HISTORY_COLUMNS


def test_what_was_not_finite_is_null_and_empty(model, write):
    folder = write(model, {"train_loss": None}, [row(1, train_cross_entropy=None)])
    assert json.loads((folder / "metrics.json").read_text()) == {"train_loss": None}
    with open(folder / "history.csv", newline="") as file:
        assert next(csv.DictReader(file))["train_cross_entropy"] == ""


def test_weights_that_are_not_finite_are_written_as_they_are(model, write):
    with torch.no_grad():
        model[0].bias.fill_(float("nan"))
    weights = safetensors.torch.load_file(write(model, {}, []) / "weights.safetensors")
    assert weights["0.bias"].isnan().all()


def test_the_same_training_gives_the_same_bytes(model, write):
    first, second = (write(model, {"seed": 1}, [row(1)], folder) for folder in ("first", "second"))
    for file in first.iterdir():
        assert file.read_bytes() == (second / file.name).read_bytes()
