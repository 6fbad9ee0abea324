"""Official data sets: the right files, downloaded once, never a damaged one."""

import errno
import http.client
import os
import socket
import urllib.error

import pytest

from gengap.data import official
from gengap.data.official import official_contents, official_files
from gengap.errors import UserError


def files_below(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


@pytest.mark.parametrize("name", ["MNIST", "CIFAR10", "CIFAR100"])
def test_an_empty_root_is_filled_with_the_official_files_alone_and_then_needs_no_network(name, server, tmp_path):
    root = tmp_path / "new" / "root"
    contents = official_contents(name, root)
    assert sorted(contents) == files_below(root) == sorted(official_files(name))
    assert all((root / path).read_bytes() == content for path, content in contents.items())
    server.requests.clear()
    assert official_contents(name, root) == contents
    assert server.requests == []


@pytest.mark.parametrize(("name", "place"), [("CIFAR10", "."), ("MNIST", "MNIST/raw")])
def test_archives_that_are_there_are_unpacked_without_network(name, place, server, tmp_path):
    (tmp_path / place).mkdir(parents=True, exist_ok=True)
    for file, content in server.files.items():
        (tmp_path / place / file).write_bytes(content)
    official_contents(name, tmp_path)
    assert server.requests == []
    lost, kept, *_ = official_files(name)
    (tmp_path / lost).unlink()
    before = (tmp_path / kept).stat().st_ino
    official_contents(name, tmp_path)
    assert (tmp_path / lost).is_file()
    assert (tmp_path / kept).stat().st_ino == before, "a file that is there is not replaced"


UNREACHABLE = urllib.error.URLError("no route to host")


@pytest.mark.parametrize(
    "failure",
    [UNREACHABLE, ConnectionResetError(errno.ECONNRESET, "reset"), TimeoutError(), http.client.IncompleteRead(b"")],
    ids=lambda failure: type(failure).__name__,
)
@pytest.mark.parametrize("name", ["MNIST", "CIFAR10"])
def test_a_download_that_fails_is_tried_again_with_a_limit_to_silence(name, failure, server, tmp_path, monkeypatch):
    pauses, timeouts = [], set()
    monkeypatch.setattr(official, "PAUSES", (0, 5, 20))
    monkeypatch.setattr(official.time, "sleep", pauses.append)

    def fail_twice(file, content):
        timeouts.add(socket.getdefaulttimeout())
        if len(pauses) <= 2:
            raise failure
        return content

    server.answer = fail_twice
    before = socket.getdefaulttimeout()
    assert official_contents(name, tmp_path)
    assert (pauses, timeouts, socket.getdefaulttimeout()) == ([0, 5, 20], {official.TIMEOUT}, before)


@pytest.mark.parametrize(
    ("name", "file"), [("MNIST", "t10k-images-idx3-ubyte.gz"), ("CIFAR10", "cifar-10-python.tar.gz")]
)
def test_a_server_out_of_reach_is_told_with_the_file_and_the_way_out(name, file, server, tmp_path):
    def fail(asked, content):
        if asked == file:
            raise UNREACHABLE
        return content

    server.answer = fail
    with pytest.raises(UserError, match=rf"^{name} .* 3 .*{file}.*no route.*`torchvision_root`"):
        official_contents(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["MNIST", "CIFAR10"])
@pytest.mark.parametrize("damage", [lambda content: content[:-20], lambda content: b"<html>"], ids=["cut", "page"])
def test_a_download_that_arrives_damaged_is_never_used(name, damage, server, tmp_path):
    server.answer = lambda file, content: damage(content)
    with pytest.raises(UserError, match=f"^{name} .* 3 "):
        official_contents(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_archive_that_holds_another_file_than_the_official_one_is_never_used(server, tmp_path, monkeypatch):
    monkeypatch.setitem(official.IDX_MD5["MNIST"], "t10k-labels-idx1-ubyte", "0" * 32)
    with pytest.raises(UserError, match=r"MNIST/raw/t10k-labels-idx1-ubyte .*damaged"):
        official_contents("MNIST", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["MNIST", "CIFAR10"])
def test_every_damaged_file_in_a_filled_root_is_named_and_kept(name, server, tmp_path):
    contents = official_contents(name, tmp_path)
    server.requests.clear()
    for path, content in contents.items():
        for damaged in (content[:-1], b"\xff" + content[1:], b""):
            (tmp_path / path).write_bytes(damaged)
            with pytest.raises(UserError, match=f"^{tmp_path / path} .*MD5"):
                official_contents(name, tmp_path)
            assert (tmp_path / path).read_bytes() == damaged
        (tmp_path / path).write_bytes(content)
    assert server.requests == []


@pytest.mark.parametrize("failure", [errno.ENOSPC, errno.EACCES, errno.EROFS])
def test_a_root_that_cannot_be_written_is_not_tried_again(failure, server, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(failure, os.strerror(failure))

    told = rf"^Cannot write MNIST .*{tmp_path} \({os.strerror(failure)}\)"
    with monkeypatch.context() as patched, pytest.raises(UserError, match=told):
        patched.setattr(official.os, "replace", refuse)
        official_contents("MNIST", tmp_path)
    # Archives and what is in them.
    assert len(server.requests) == 2 * len(official_files("MNIST"))
    server.answer = refuse
    with pytest.raises(UserError, match=told):
        official_contents("MNIST", tmp_path)
    assert files_below(tmp_path) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="^Cannot write MNIST .*file"):
        official_contents("MNIST", tmp_path / "file")
