"""The lock that tells a training that runs from one that was killed, with real processes."""

import errno
import fcntl
import os
import shutil
import signal
import time

import pytest

from gengap.errors import UserError
from gengap.runtime import run_lock as module
from gengap.runtime.run_lock import is_running, run_lock


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "checkpoints" / "bs128" / "seed0"


@pytest.fixture
def log(tmp_path):
    """The log of a training, just written."""
    (tmp_path / "seed0.log").touch()
    return tmp_path / "seed0.log"


def test_checkpoints_stay_in_the_folder_which_the_block_may_remove(folder):
    checkpoint = folder / "checkpoint.safetensors"
    with run_lock(folder):
        checkpoint.touch()
    assert list(folder.iterdir()) == [checkpoint]
    with run_lock(folder):
        shutil.rmtree(folder)
    assert not folder.exists()


def test_a_killed_run_is_not_running_and_can_be_locked_again(hold, folder, log):
    process, _ = hold("run_lock(sys.argv[1])", folder)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not is_running(folder, heartbeat=log)
    with run_lock(folder):
        assert is_running(folder)


def test_a_second_training_of_the_same_run_is_refused_or_waits_while_the_first_one_ends(hold, folder, monkeypatch):
    process, _ = hold("run_lock(sys.argv[1])", folder)
    with monkeypatch.context() as patched:
        patched.setattr(module, "_PATIENCE_SECONDS", 0.3)
        with pytest.raises(UserError, match=rf"{process.pid} on \S+\).*{folder}/lock"):
            run_lock(folder).__enter__()
    assert is_running(folder)
    process.stdin.close()
    with run_lock(folder):
        assert is_running(folder)
    assert process.wait() == 0
    assert not is_running(folder)
    assert not folder.exists()


def test_a_lock_file_that_its_holder_removes_meanwhile_is_no_lock(folder, monkeypatch):
    operations, lock = [], fcntl.flock

    def remove_then_lock(descriptor, operation):
        if not operations:
            (folder / "lock").unlink()
        operations.append(operation)
        lock(descriptor, operation)

    monkeypatch.setattr(module.fcntl, "flock", remove_then_lock)
    with run_lock(folder):
        assert len(operations) == 2
        assert is_running(folder)


def test_a_training_on_another_machine_shows_by_its_log(folder, log):
    folder.mkdir(parents=True)
    (folder / "lock").write_text("4711 node17")
    assert is_running(folder, heartbeat=log)
    assert not is_running(folder)
    eleven_minutes_ago = time.time() - 660
    os.utime(log, (eleven_minutes_ago, eleven_minutes_ago))
    assert not is_running(folder, heartbeat=log)
    log.unlink()
    assert not is_running(folder, heartbeat=log)


@pytest.mark.parametrize(("code", "trains"), [(errno.ENOLCK, True), (errno.EIO, False)])
def test_a_file_system_without_locks_stops_no_training(folder, code, trains, monkeypatch, caplog, log):
    def refuse(descriptor, operation):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(module.fcntl, "flock", refuse)
    if trains:
        with run_lock(folder):
            assert is_running(folder, heartbeat=log)
            assert not is_running(folder)
        assert str(folder) in caplog.text
    else:
        with pytest.raises(OSError, match=os.strerror(code)):
            run_lock(folder).__enter__()
        assert not is_running(folder, heartbeat=log)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"file/seed0/lock: Not a directory"):
        run_lock(tmp_path / "file" / "seed0").__enter__()
