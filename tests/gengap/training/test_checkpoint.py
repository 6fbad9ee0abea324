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


def same(first, second):
    pairs = zip(first.tensors().items(), second.tensors().items(), strict=True)
    return all(name == other and torch.equal(one, two) for (name, one), (other, two) in pairs)


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
    assert same(saved, restored)
    assert (restored.epoch, restored.step, restored.history) == (1, 7, [ROW])
    assert (restored.measured_images, restored.measured_seconds, restored.resumes) == (1234, 0.1, 1)
    assert restored.seconds >= saved.progress()["earlier_seconds"] - saved.seconds
    assert restored.model.conv1.linear_map.weight is restored.optimizer.groups[0]["params"][0] is weight
    assert weight.is_contiguous(memory_format=torch.channels_last)


def test_without_a_checkpoint_training_starts_from_the_beginning(tmp_path, options):
    state = make_state(options)
    assert not Checkpoints(tmp_path / "nothing", STAMP).restore(state)
    assert same(state, make_state(options))


def ignored(folder, options, caplog, stamp=STAMP, **changed):
    """Whether the checkpoint in the folder is ignored, the state left alone, and the log says so."""
    state, untouched = make_state(options | changed), make_state(options | changed)
    with caplog.at_level(logging.WARNING):
        restored = Checkpoints(folder, stamp).restore(state)
    return not restored and same(state, untouched) and state.epoch == 0 and "is ignored (" in caplog.text


@pytest.mark.parametrize(
    "stamp", [STAMP | {"code": "fedcba9876543210"}, STAMP | {"run": {"batch_size": 64}}, {}, STAMP | {"torch": "3"}]
)
def test_a_foreign_stamp_is_ignored(stamp, path, options, caplog):
    assert ignored(path.parent, options, caplog, stamp)
    assert "another configuration, code or library version" in caplog.text


def test_a_checkpoint_of_another_network_is_ignored(path, options, caplog):
    assert ignored(path.parent, options, caplog, width=0.5)
    assert "another network" in caplog.text


def cut(share):
    return lambda content: content[: int(share * len(content))]


def flip_a_bit(place):
    def flip(content):
        index = int(place * len(content))
        return content[:index] + bytes([content[index] ^ 1]) + content[index + 1 :]

    return flip


def with_another_header(content):
    header = {"checkpoint": json.dumps({"stamp": json.dumps(STAMP, sort_keys=True)})}
    return safetensors.torch.save(safetensors.torch.load(content), header)


DAMAGES = {
    **{f"cut at {share}": (cut(share), "") for share in (0.0, 0.0001, 0.1, 0.999)},
    **{f"a bit at {place}": (flip_a_bit(place), "checksum is wrong") for place in (0.3, 0.99)},
    "a pickle": (lambda content: b"\x80\x04K\x01.", ""),
    "noise": (lambda content: os.urandom(1000), ""),
    "other safetensors": (lambda content: safetensors.torch.save({"sums": torch.zeros(2)}), ""),
    "an unreadable header": (with_another_header, ""),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_ignored(damage, path, options, caplog):
    change, told = DAMAGES[damage]
    path.write_bytes(change(path.read_bytes()))
    assert ignored(path.parent, options, caplog)
    assert told in caplog.text


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_full_disk_is_a_warning_and_the_last_checkpoint_stays(number, path, options, caplog, monkeypatch):
    before = path.read_bytes()

    def fail(self, content):
        self.touch()
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "write_bytes", fail)
    with caplog.at_level(logging.WARNING):
        assert not Checkpoints(path.parent, STAMP).save(make_state(options))
    assert "No checkpoint could be written" in caplog.text
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_folder_that_cannot_be_made_is_a_warning(tmp_path, options, caplog):
    (tmp_path / "file").touch()
    assert not Checkpoints(tmp_path / "file" / "run", STAMP).save(make_state(options))
    assert "No checkpoint could be written" in caplog.text


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


@pytest.mark.parametrize(("interval", "expected"), [(0.0, True), (1000.0, False)])
def test_polling_saves_when_it_is_time(interval, expected, tmp_path, options):
    Checkpoints(tmp_path / "run", STAMP, interval).poll(make_state(options))
    assert (tmp_path / "run" / "checkpoint.safetensors").exists() == expected


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
    handler = signal.getsignal(number)
    state = make_state(options, filled=True)
    with caplog.at_level(logging.WARNING), pytest.raises(SystemExit) as stopped, stop.by_signals():
        checkpoints.poll(state)
        os.kill(os.getpid(), number)
        checkpoints.poll(state)
    assert stopped.value.code == status
    assert f"Stopped by {signal.Signals(number).name}" in caplog.text
    assert "run the same command again to resume" in caplog.text
    assert signal.getsignal(number) is handler
    restored = make_state(options)
    assert Checkpoints(tmp_path / "run", STAMP).restore(restored)
    assert same(state, restored)
