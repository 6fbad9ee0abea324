"""Folders that cannot be written are refused in one sentence."""

import multiprocessing
import os
import tempfile
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from gengap.config.guard import check_dataset, check_folder, write_dataset
from gengap.errors import UserError


@pytest.mark.parametrize("written", [True, False])
@pytest.mark.parametrize(
    ("folder", "remedy"),
    [
        *((name, None) for name in ("folder", "link/deep", "folder/../new one", "größe/猫")),
        *((name, "is a file; name another") for name in ("file", "file/deep")),
        *((name, "is a link to nothing; mend it") for name in ("dangling", "dangling/deep", "loop")),
        ("猫" * 86, "more than 255 bytes; shorten it"),
    ],
)
def test_what_stands_in_the_way_of_a_folder_is_told(tmp_path, folder, remedy, written):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    for link, target in (("link", "folder"), ("dangling", "nothing"), ("loop", "loop")):
        (tmp_path / link).symlink_to(target)
    before = sorted(tmp_path.iterdir())
    refused = pytest.raises(UserError, match=f"`results` is .*{remedy}") if remedy else nullcontext()
    with refused:
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


DIGITS = {"source": "digits", "image_size": 28, "channels": 1}
OFFICIAL = {"source": "torchvision", "name": "MNIST"}
OWN = {"source": "npz", "path": "one.npz"}


@pytest.mark.parametrize(
    ("theirs", "mine", "refused"),
    [
        (DIGITS, DIGITS, False),
        (DIGITS, DIGITS | {"label": "digits", "note": "small"}, False),
        (DIGITS, DIGITS | {"image_size": 32}, True),
        (OFFICIAL, OFFICIAL, False),
        (OFFICIAL, OFFICIAL | {"name": "FashionMNIST"}, True),
        (OFFICIAL, OWN, True),
        (OWN, OWN, False),
        (OWN, OWN | {"path": "./one.npz"}, False),
        (OWN, OWN | {"path": "copy.npz"}, False),
        (OWN, OWN | {"path": "other.npz"}, True),
        (OWN | {"path": "moved.npz"}, OWN, False),
        (OWN, {"source": "image_folder", "path": "one.npz", "image_size": 8, "channels": 1}, True),
    ],
)
def test_a_data_set_of_another_configuration_is_not_overwritten(tmp_path, monkeypatch, theirs, mine, refused):
    monkeypatch.chdir(tmp_path)
    for name, value in (("one", 1), ("copy", 1), ("other", 2)):
        with open(f"{name}.npz", "wb") as file:
            np.savez(file, images=np.full((2, 2), value, np.uint8))
    Path("results/theirs").mkdir(parents=True)
    check_dataset("digits", theirs, "resources", "results/theirs")
    write_dataset("digits", theirs, "resources", "results/theirs")
    check_dataset("digits", mine, "resources", "results/theirs")  # who edits his own definition
    if refused:
        with pytest.raises(UserError, match=r"`datasets.digits` .*results/theirs .*another name"):
            check_dataset("digits", mine, "resources", "results/mine")
        check_dataset("digits", mine, "elsewhere", "results/mine")
        Path("results/theirs").rmdir()
    check_dataset("digits", mine, "resources", "results/mine")
