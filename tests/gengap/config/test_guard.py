"""Folders that cannot be written are refused in one sentence."""

import multiprocessing
import os
import tempfile
from pathlib import Path

import pytest

from gengap.config.guard import check_folder
from gengap.errors import UserError


def in_the_way(place):
    """What may stand where a folder is named."""
    (place / "file").write_text("")
    (place / "folder").mkdir()
    (place / "link").symlink_to("folder")
    (place / "dangling").symlink_to("nothing")
    (place / "loop").symlink_to("loop")


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize(
    ("folder", "remedy"),
    [
        ("folder", None),
        ("link/deep", None),
        ("folder/../new one", None),
        ("größe/猫", None),
        ("file", "is a file; name another"),
        ("file/deep", "is a file; name another"),
        ("dangling", "is a link to nothing; mend it"),
        ("dangling/deep", "is a link to nothing; mend it"),
        ("loop", "is a link to nothing; mend it"),
        ("猫" * 86, "more than 255 bytes; shorten it"),
    ],
)
def test_what_stands_in_the_way_of_a_folder_is_told(tmp_path, folder, remedy, written):
    in_the_way(tmp_path)
    before = sorted(tmp_path.iterdir())
    if remedy is None:
        check_folder("results", tmp_path / folder, written)
    else:
        with pytest.raises(UserError, match=f"`results` is .*{remedy}"):
            check_folder("results", tmp_path / folder, written)
    assert sorted(tmp_path.iterdir()) == before


def as_nobody(folder, queue):
    if os.getuid() == 0:
        os.setuid(65534)
    try:
        check_folder("results", folder)
        queue.put("accepted")
    except UserError as error:
        queue.put(str(error))


@pytest.mark.parametrize("below", ["", "deep/results"])
@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_a_folder_without_permission_is_named(mode, below):
    """Checked by an ordinary user, who cannot reach pytest's folders: root may write anywhere."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = Path(place) / "locked"
        folder.mkdir()
        folder.chmod(mode)
        context = multiprocessing.get_context("fork")
        queue = context.Queue()
        process = context.Process(target=as_nobody, args=(folder / below, queue))
        process.start()
        sentence = queue.get(timeout=60)
        process.join()
        folder.chmod(0o755)
    assert sentence == (
        f"`results` is {folder / below}, but {folder} cannot be written; make it writable or name another folder."
    )
