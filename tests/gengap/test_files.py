"""Files are complete or absent, whatever happens while they are written."""

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys

import pytest

from gengap.errors import UserError
from gengap.files import atomic_path, sha256, write_checksum, write_json, write_text


def test_a_finished_block_leaves_the_file_and_nothing_else(tmp_path):
    with atomic_path(tmp_path / "deep" / "table.csv") as path:
        assert path.suffix == ".csv"
        path.write_text("a,b\n")
        assert not (tmp_path / "deep" / "table.csv").exists()
    assert [p.name for p in (tmp_path / "deep").iterdir()] == ["table.csv"]


def test_a_failed_block_leaves_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "table.csv"
    target.write_text("old")

    def fail():
        with atomic_path(target) as path:
            path.write_text("half")
            raise ValueError("interrupted")

    with pytest.raises(ValueError, match="interrupted"):
        fail()
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        (errno.ENOSPC, "no space is left on the device; free some and run the same command again"),
        (errno.EDQUOT, "the disk quota is used up"),
        (errno.EACCES, "permission denied"),
        (errno.EROFS, "the file system is read-only"),
    ],
)
def test_a_refusing_file_system_is_explained(tmp_path, code, advice):
    def fail():
        with atomic_path(tmp_path / "table.csv"):
            raise OSError(code, os.strerror(code))

    with pytest.raises(UserError) as caught:
        fail()
    assert str(caught.value).startswith(f"Cannot write {tmp_path / 'table.csv'}: {advice}")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_explained_and_leaves_nothing():
    """A write to /dev/full fails as a full disk does."""
    if not os.path.exists("/dev/full"):
        pytest.skip("this system has no /dev/full")

    def fail():
        with atomic_path("/dev/shm/gengap-test/table.csv") as path, open("/dev/full", "w") as full:
            path.write_text("half")
            full.write("x" * 100_000)

    with pytest.raises(UserError, match="no space is left on the device"):
        fail()
    assert os.listdir("/dev/shm/gengap-test") == []
    os.rmdir("/dev/shm/gengap-test")


@pytest.fixture
def writer():
    """A function that starts a process which is in the middle of writing a file."""
    program = (
        "import sys, time; from gengap.files import atomic_path\n"
        "with atomic_path(sys.argv[1]) as path:\n"
        "    path.write_text('half'); print('writing', flush=True); time.sleep(60)\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    processes = []

    def start(target):
        command = [sys.executable, "-c", program, str(target)]
        processes.append(subprocess.Popen(command, stdout=subprocess.PIPE, env=environment))
        assert processes[-1].stdout.readline() == b"writing\n"
        return processes[-1]

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_kill_while_writing_leaves_the_old_file(tmp_path, writer):
    target = tmp_path / "table.csv"
    target.write_text("old")
    process = writer(target)
    process.kill()
    process.wait()
    assert target.read_text() == "old"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_next_writer_clears_away_what_a_killed_one_left(number, tmp_path, writer):
    process = writer(tmp_path / "table.csv")
    process.send_signal(number)
    process.wait()
    assert names(tmp_path) == [f".table.{process.pid}.tmp.csv"]
    write_text(tmp_path / "table.csv", "new")
    assert names(tmp_path) == ["table.csv"]


def test_what_others_write_is_not_cleared_away(tmp_path, writer):
    alive = writer(tmp_path / "table.csv")
    killed = writer(tmp_path / "table.0.csv")
    killed.kill()
    killed.wait()
    (tmp_path / ".table.mine.tmp.csv").touch()
    write_text(tmp_path / "table.csv", "new")
    kept = [f".table.{alive.pid}.tmp.csv", f".table.0.{killed.pid}.tmp.csv", ".table.mine.tmp.csv", "table.csv"]
    assert names(tmp_path) == sorted(kept)


def test_json_refuses_numbers_that_json_does_not_know(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "metrics.json", {"loss": float("nan")})
    assert list(tmp_path.iterdir()) == []
    write_json(tmp_path / "metrics.json", {"loss": None, "label": "4096→128"})
    assert json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8")) == {"loss": None, "label": "4096→128"}


def test_checksum_files_are_those_of_sha256sum(tmp_path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"weights" * 1000)
    write_checksum(path)
    expected = hashlib.sha256(b"weights" * 1000).hexdigest()
    assert sha256(path) == expected
    assert (tmp_path / "weights.safetensors.sha256").read_text() == f"{expected}  weights.safetensors\n"


def test_text_is_written_with_unix_line_ends(tmp_path):
    write_text(tmp_path / "a.txt", "a\nb\n")
    assert (tmp_path / "a.txt").read_bytes() == b"a\nb\n"
