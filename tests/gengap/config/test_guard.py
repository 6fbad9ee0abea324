"""Before the first job: folders that cannot be used and data sets of others are refused in one sentence."""

import json
import os
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from gengap.config.guard import check_dataset, check_folder, check_folders, write_dataset, write_resolved
from gengap.errors import UserError

FOLDERS = {"results": "results", "resources": "resources", "torchvision_root": None, "measured": None}


@pytest.mark.parametrize("key", FOLDERS)
@pytest.mark.parametrize(
    ("folder", "told"),
    [
        *((name, None) for name in ("folder", "link", "folder/../folder", "größe")),
        *((name, "new") for name in ("link/deep", "new one")),
        *((name, "is a file") for name in ("file", "file/deep")),
        *((name, "link") for name in ("dangling", "dangling/deep", "loop")),
        ("猫" * 86, "255 bytes"),
    ],
)
def test_what_stands_in_the_way_of_a_folder_is_told(tmp_path, folder, told, key):
    (tmp_path / "file").write_text("")
    for name in ("folder", "größe"):
        (tmp_path / name).mkdir()
    for link, target in (("link", "folder"), ("dangling", "nothing"), ("loop", "loop")):
        (tmp_path / link).symlink_to(target)
    before = sorted(tmp_path.iterdir())
    # What was measured must be there; other folders can be made.
    fine = told is None or (told == "new" and key != "measured")
    told = "not exist" if told == "new" else told
    with nullcontext() if fine else pytest.raises(UserError, match=f"`{key}` is .*{told}"):
        check_folders(FOLDERS | {key: str(tmp_path / folder)})
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(("key", "word"), [("results", "written"), ("torchvision_root", "read")])
def test_a_folder_without_permission_is_named(key, word, monkeypatch, tmp_path):
    # Not by chmod, which does not bind the superuser.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(UserError, match=f"`{key}` is {tmp_path}/deep, but {tmp_path} .*{word}"):
        check_folder(key, f"{tmp_path}/deep", written=word == "written")


DIGITS = {"source": "digits", "image_size": 28, "channels": 1}
OFFICIAL = {"source": "torchvision", "name": "MNIST"}
OWN = {"source": "npz", "path": "one.npz"}


@pytest.mark.parametrize(
    ("theirs", "mine", "refused"),
    [
        (DIGITS, DIGITS | {"label": "digits", "note": "small"}, False),
        (DIGITS, DIGITS | {"image_size": 32}, True),
        (OFFICIAL, OFFICIAL, False),
        (OFFICIAL, OFFICIAL | {"name": "FashionMNIST"}, True),
        (OFFICIAL, OWN, True),
        (OWN, OWN | {"path": "./one.npz"}, False),
        (OWN, OWN | {"path": "copy.npz"}, False),
        (OWN, OWN | {"path": "other.npz"}, True),
        (OWN | {"path": "moved.npz"}, OWN, False),
    ],
)
def test_a_data_set_of_another_configuration_is_not_overwritten(tmp_path, monkeypatch, theirs, mine, refused):
    monkeypatch.chdir(tmp_path)
    for name, value in (("one", 1), ("copy", 1), ("other", 2)):
        np.savez(f"{name}.npz", images=np.full((2, 2), value, np.uint8))
    Path("results/theirs").mkdir(parents=True)
    check_dataset("digits", theirs, "resources", "results/theirs")
    write_dataset("digits", theirs, "resources", "results/theirs")
    check_dataset("digits", mine, "resources", "results/theirs")  # who edits his own definition
    if refused:
        with pytest.raises(UserError, match=r"`datasets.digits` .*results/theirs"):
            check_dataset("digits", mine, "resources", "results/mine")
        check_dataset("digits", mine, "elsewhere", "results/mine")
        Path("results/theirs").rmdir()
    check_dataset("digits", mine, "resources", "results/mine")


def test_the_configuration_stands_beside_the_results(tmp_path):
    config = {"seeds": [0], "report": {"note": "größer"}}
    write_resolved(config, tmp_path / "results")
    assert json.loads((tmp_path / "results/config.json").read_text("utf-8")) == config
