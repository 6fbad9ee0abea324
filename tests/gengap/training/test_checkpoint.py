"""A checkpoint is continued exactly, or ignored with a sentence; it never makes a wrong result."""

import errno
import itertools
import json
import logging
import os
import signal
import subprocess
from pathlib import Path

import pytest
import safetensors.torch
import torch

from gengap.models.build import build_model
from gengap.training import checkpoint as module
from gengap.training.checkpoint import Checkpoints
from gengap.training.sgd import MomentumSGD
from gengap.training.state import TrainingState
from gengap.training.stop import StopRequest

STAMP = {"run": {"batch_size": 32, "label": "größer"}, "code": "0123456789abcdef"}
ROW = {"epoch": 1, "learning_rate": 0.1, "train_cross_entropy": 1 / 3, "test_cross_entropy": None}


def make_state(options, seed=0, filled=False):
    model = build_model("lenet5", (1, 16, 16), 4, options, seed).to(memory_format=torch.channels_last)
    state = TrainingState(model, MomentumSGD(model, options, graphed=False))
    if filled:
        generator = torch.Generator().manual_seed(1)
        for tensor in state.tensors().values():
            tensor.data.copy_(100 * torch.rand(tensor.shape, generator=generator))
        state.epoch, state.step, state.history = 1, 7, [ROW]
        state.measured_images, state.measured_seconds = 1234, 0.1
    return state


def assert_same(first, second):
    torch.testing.assert_close(first.tensors(), second.tensors(), rtol=0, atol=0)


@pytest.fixture
def saved(tmp_path, options):
    state = make_state(options, filled=True)
    assert Checkpoints(tmp_path / "run", STAMP).save(state)
    return state


@pytest.fixture
def path(saved, tmp_path):
    return tmp_path / "run" / "checkpoint.safetensors"


def test_a_state_comes_back_exactly_into_the_network_and_optimizer_that_are_there(saved, tmp_path, options):
    restored = make_state(options, seed=5)
    weight = restored.model.conv1.linear_map.weight
    assert Checkpoints(tmp_path / "run", STAMP).restore(restored)
    assert_same(saved, restored)
    assert (restored.epoch, restored.step, restored.history) == (1, 7, [ROW])
    assert (restored.measured_images, restored.measured_seconds, restored.resumes) == (1234, 0.1, 1)
    assert restored.seconds >= saved.progress()["earlier_seconds"] - saved.seconds
    assert restored.model.conv1.linear_map.weight is restored.optimizer.groups[0]["params"][0] is weight
    assert weight.is_contiguous(memory_format=torch.channels_last)


def assert_ignored(path, options, caplog, stamp=STAMP):
    """The checkpoint is ignored, the state left alone, and the log says so."""
    state = make_state(options)
    assert not Checkpoints(path.parent, stamp).restore(state)
    assert_same(state, make_state(options))
    assert state.epoch == 0
    assert "is ignored (" in caplog.text


@pytest.mark.parametrize(
    ("stamp", "width"),
    [({}, 0.2), (STAMP | {"run": {"batch_size": 64}}, 0.2), (STAMP | {"torch": "3"}, 0.2), (STAMP, 0.5)],
)
def test_a_checkpoint_of_other_code_or_of_another_network_is_ignored(stamp, width, path, options, caplog):
    assert_ignored(path, options | {"width": width}, caplog, stamp)


def flip_a_bit(content):
    return content[:-100] + bytes([content[-100] ^ 1]) + content[-99:]


def with_another_header(content):
    header = {"checkpoint": json.dumps({"stamp": json.dumps(STAMP, sort_keys=True)})}
    return safetensors.torch.save(safetensors.torch.load(content), header)


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[: int(0.999 * len(content))],
        flip_a_bit,
        lambda content: b"\x80\x04K\x01.",  # a pickle
        lambda content: safetensors.torch.save({"sums": torch.zeros(2)}),
        with_another_header,
    ],
)
def test_a_damaged_file_is_ignored(damage, path, options, caplog):
    path.write_bytes(damage(path.read_bytes()))
    assert_ignored(path, options, caplog)


def test_a_full_disk_is_a_warning_and_the_last_checkpoint_stays(path, options, caplog, monkeypatch):
    before = path.read_bytes()

    def fail(self, content):
        self.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", fail)
    for folder in (path.parent, path):  # the latter cannot be made
        caplog.clear()
        assert not Checkpoints(folder, STAMP).save(make_state(options))
        assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_folder_goes_away_with_what_a_killed_writer_left_but_not_with_what_others_keep(path):
    killed = subprocess.Popen(["true"])
    killed.wait()
    (path.parent / f".checkpoint.{killed.pid}.tmp.safetensors").write_bytes(b"half")
    (path.parent / "lock").touch()
    Checkpoints(path.parent, STAMP).remove()
    assert [file.name for file in path.parent.iterdir()] == ["lock"]
    (path.parent / "lock").unlink()
    for _ in range(2):
        Checkpoints(path.parent, STAMP).remove()
        assert not path.parent.exists()


@pytest.mark.parametrize(("cost", "pause"), [(0.1, 30), (2.0, 100)])
def test_saving_takes_a_fiftieth_of_the_time_at_most(cost, pause, tmp_path, options, monkeypatch):
    now = 1000.0
    monkeypatch.setattr(module.time, "monotonic", lambda: now)
    checkpoints, state = Checkpoints(tmp_path / "run", STAMP, 30.0), make_state(options)
    serialize = safetensors.torch.save
    written = []

    def slow(tensors):
        nonlocal now
        now += cost
        written.append(now)
        return serialize(tensors)

    monkeypatch.setattr(safetensors.torch, "save", slow)
    for _ in range(1000):
        now += 0.5
        checkpoints.poll(state)
    assert written[0] == 1030.0 + cost
    # From one end of a serialisation, of which each saving has one, to the next.
    for earlier, later in itertools.pairwise(written):
        assert later - earlier == pytest.approx(pause + cost, abs=0.5)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_saves_at_the_next_poll_and_ends_the_process(number, status, tmp_path, options, caplog):
    stop = StopRequest()
    checkpoints = Checkpoints(tmp_path / "run", STAMP, 1000.0, stop)
    state = make_state(options, filled=True)
    with caplog.at_level(logging.WARNING), pytest.raises(SystemExit) as stopped, stop.by_signals():
        checkpoints.poll(state)
        os.kill(os.getpid(), number)
        checkpoints.poll(state)
    assert stopped.value.code == status
    assert signal.Signals(number).name in caplog.text
    restored = make_state(options)
    assert Checkpoints(tmp_path / "run", STAMP).restore(restored)
    assert_same(state, restored)
