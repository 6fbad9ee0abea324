"""The files of a run hold what they promise, and the same training gives the same bytes."""

import csv
import hashlib
import json

import pytest
import safetensors.torch
import torch

from gengap.training.results import HISTORY_COLUMNS, TRAJECTORY_COLUMNS, write_results

METRICS = {"test_error_percent": 0.1 + 0.2, "diverged": False, "train_loss": None}
ROW = dict.fromkeys(HISTORY_COLUMNS, 0.1 + 0.2)


@pytest.fixture
def model():
    model = torch.nn.Sequential(torch.nn.Conv2d(2, 3, 3), torch.nn.BatchNorm2d(3))
    torch.nn.init.constant_(model[0].bias, torch.nan)
    return model.to(memory_format=torch.channels_last)


@pytest.fixture
def folder(model, tmp_path):
    names = ("weights.safetensors", "metrics.json", "history.csv", "trajectory.csv")
    paths = {f"{name.split('.')[0]}_path": tmp_path / name for name in names}
    history = [ROW, ROW | {"train_cross_entropy": None}]
    write_results(model, METRICS, history, [dict.fromkeys(TRAJECTORY_COLUMNS, 0.1 + 0.2)], **paths)
    return tmp_path


def test_weights_are_the_whole_state_as_it_is_with_a_checksum(model, folder):
    path = folder / "weights.safetensors"
    weights = safetensors.torch.load_file(path)
    torch.testing.assert_close(weights, dict(model.state_dict()), rtol=0, atol=0, equal_nan=True)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.with_suffix(".safetensors.sha256").read_text() == f"{digest}  weights.safetensors\n"


def _rows(path):
    return list(csv.DictReader(path.read_text().splitlines()))


def test_numbers_come_back_exactly_and_what_was_not_finite_is_null_and_empty(folder):
    assert json.loads((folder / "metrics.json").read_text()) == METRICS
    rows, trajectory = (_rows(folder / f"{name}.csv") for name in ("history", "trajectory"))
    assert [float(entry["weight_penalty"]) for entry in rows] == [0.1 + 0.2] * 2
    assert [float(entry["weight_distance"]) for entry in trajectory] == [0.1 + 0.2]
    assert rows[1]["train_cross_entropy"] == ""
    assert tuple(rows[0]) == HISTORY_COLUMNS
