"""Which jobs share a host."""

import json
from pathlib import Path

import pytest

from gengap.errors import UserError
from gengap.training.host.client import can_share
from gengap.training.host.meeting import connect, socket_path
from gengap.training.host.messages import Inbox, received

COMPUTE = {"device": "auto", "precision": "tf32", "deterministic": False, "threads": 1, "cuda_graphs": True}

MESSAGES = [{"level": 20, "text": "two\nlines, ½"}, {"end": "done"}]


@pytest.fixture(autouse=True)
def one_gpu(monkeypatch):
    monkeypatch.setenv("GENGAP_DEVICES", "0")
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_jobs_with_the_same_settings_meet(tmp_path):
    assert socket_path(tmp_path, "0", COMPUTE) == socket_path(tmp_path, "0", dict(COMPUTE))


@pytest.mark.parametrize(
    "changed", [{"precision": "fp32"}, {"deterministic": True}, {"threads": 2}, {"device": "cuda"}], ids=str
)
def test_jobs_with_other_settings_of_the_process_do_not(changed, tmp_path):
    assert socket_path(tmp_path, "0", COMPUTE) != socket_path(tmp_path, "0", COMPUTE | changed)


def test_nor_do_jobs_on_other_devices_or_with_other_libraries(tmp_path, monkeypatch):
    path = socket_path(tmp_path, "0", COMPUTE)
    assert socket_path(tmp_path, "1", COMPUTE) != path
    monkeypatch.setenv("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")
    assert socket_path(tmp_path, "0", COMPUTE) != path


def test_nor_do_jobs_with_other_code(tmp_path, monkeypatch):
    monkeypatch.setattr("gengap.training.host.meeting.PACKAGE_ROOT", tmp_path)
    path = socket_path(tmp_path, "0", COMPUTE)
    (tmp_path / "new.py").write_text("pass")
    assert socket_path(tmp_path, "0", COMPUTE) != path


@pytest.mark.parametrize(
    ("changed", "expected"),
    [({}, True), ({"device": "cuda"}, True), ({"device": "cpu"}, False), ({"cuda_graphs": False}, False)],
    ids=str,
)
def test_only_captured_steps_on_a_gpu_share(changed, expected):
    assert can_share(COMPUTE | changed) is expected


def test_without_a_gpu_and_inside_slurm_nothing_is_shared(monkeypatch):
    monkeypatch.setenv("GENGAP_DEVICES", "")
    assert not can_share(COMPUTE)
    monkeypatch.setenv("GENGAP_DEVICES", "0")
    monkeypatch.setenv("SLURM_JOB_ID", "1")
    assert not can_share(COMPUTE)


def test_a_folder_too_deep_for_a_socket_is_refused_in_a_sentence(tmp_path):
    folder = tmp_path / ("deep" * 30)
    folder.mkdir()
    with pytest.raises(UserError, match="set TMPDIR to a shorter folder"):
        connect(folder / "host.sock", 1.0)


def test_a_host_that_cannot_start_hangs_up(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.executable", "/bin/false")
    with connect(Path("host.sock"), 1.0) as connection:
        connection.settimeout(60)
        assert list(received(connection)) == []


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_messages_arrive_whole_in_whatever_pieces(piece):
    data = b"".join(json.dumps(message).encode() + b"\n" for message in MESSAGES)
    inbox = Inbox()
    pieces = [data[start : start + piece] for start in range(0, len(data), piece)]
    assert [message for part in pieces for message in inbox.add(part)] == MESSAGES
