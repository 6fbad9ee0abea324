"""Files are complete or absent, whatever happens while they are written."""

import errno
import hashlib
import json
import os
import signal
from pathlib import Path

import pytest

from gengap.errors import UserError
from gengap.runtime.files import atomic_path, sha256, write_checksum, write_json, write_text
from gengap.runtime.leftovers import remove_empty_folders


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_finished_block_leaves_the_file_and_a_failed_one_the_old_file_and_nothing_else(tmp_path):
    target = tmp_path / "deep" / "table.csv"
    with atomic_path(target) as path:
        assert path.suffix == ".csv"
        path.write_text("a,b\n")
        assert not target.exists()
    with pytest.raises(ValueError, match="interrupted"), atomic_path(target) as path:
        path.write_text("half")
        raise ValueError("interrupted")
    assert target.read_text() == "a,b\n"
    assert names(tmp_path / "deep") == ["table.csv"]


@pytest.mark.parametrize(
    ("code", "told"),
    [(errno.ENOSPC, "space"), (errno.EDQUOT, "quota"), (errno.EACCES, "permission"), (errno.EROFS, "read-only")],
)
def test_a_refusing_file_system_is_explained_and_another_fault_is_not(tmp_path, code, told):
    target = tmp_path / "table.csv"
    with pytest.raises(UserError, match=f"{target}: .*{told}"), atomic_path(target):
        raise OSError(code, os.strerror(code))
    with pytest.raises(OSError, match=os.strerror(errno.EIO)), atomic_path(target):
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    assert names(tmp_path) == []


@pytest.fixture
def writer(hold):
    """A function that starts a process which is in the middle of writing a file."""

    def start(target):
        process, temporary = hold("atomic_path(sys.argv[1])", target)
        Path(temporary).write_text("half")
        return process

    return start


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_kill_leaves_the_old_file_and_the_next_writer_clears_away_the_rest(number, tmp_path, writer):
    write_text(tmp_path / "table.csv", "old")
    process = writer(tmp_path / "table.csv")
    process.send_signal(number)
    process.wait()
    assert names(tmp_path) == [f".table.{process.pid}.tmp.csv", "table.csv"]
    assert (tmp_path / "table.csv").read_text() == "old"
    write_text(tmp_path / "table.csv", "new\nline\n")
    assert names(tmp_path) == ["table.csv"]
    assert (tmp_path / "table.csv").read_bytes() == b"new\nline\n"


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
    assert names(tmp_path) == []
    write_json(tmp_path / "metrics.json", {"loss": None, "label": "4096→128"})
    assert json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8")) == {"loss": None, "label": "4096→128"}


def test_checksum_files_are_those_of_sha256sum(tmp_path):
    path = tmp_path / "weights.safetensors"
    path.write_bytes(b"weights" * 1000)
    write_checksum(path)
    expected = hashlib.sha256(b"weights" * 1000).hexdigest()
    assert sha256(path) == expected
    assert (tmp_path / "weights.safetensors.sha256").read_text() == f"{expected}  weights.safetensors\n"


def test_empty_folders_go_and_those_with_a_file_stay(tmp_path):
    top = tmp_path / ".checkpoints"
    for name in ("done/bs128/seed0", "killed/bs128/seed0"):
        (top / name).mkdir(parents=True)
    kept = top / "killed/bs128/seed0/checkpoint.safetensors"
    kept.write_text("x")
    remove_empty_folders(top)
    assert (names(top), kept.is_file()) == (["killed"], True)
    kept.unlink()
    remove_empty_folders(top)
    assert names(tmp_path) == [], "only the folder that is named, and what is below it"
    remove_empty_folders(top)
