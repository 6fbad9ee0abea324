"""A user's own files are told by what they hold, so that other images remake their data set and a touch does not."""

import os

import numpy as np
import pytest
from PIL import Image

from gengap.data.own_files import check_there, content, described
from gengap.data.sources import image_folder
from gengap.errors import UserError


def write_image_folder(path, value, splits=("train", "test")):
    for split in splits:
        (path / split / "a").mkdir(parents=True, exist_ok=True)
        Image.new("L", (2, 2), value).save(path / split / "a" / "0.png")


@pytest.mark.parametrize("source", ["npz", "image_folder"])
def test_files_are_told_by_what_they_hold_and_neither_by_their_time_nor_their_place(source, tmp_path):
    options = {"source": source, "path": str(tmp_path / "mine")}

    def written(value):
        if source == "npz":
            with open(options["path"], "wb") as file:
                np.savez(file, train_images=np.full((2, 2), value, np.uint8))
        else:
            write_image_folder(tmp_path / "mine", value)
        return content(options)

    first = written(1)
    for path in (tmp_path / "mine", *(tmp_path / "mine").rglob("*")):
        os.utime(path, (1, 1))
    assert content(options) == first
    assert written(2) not in (None, first)
    assert written(1) == first
    kept = {"source": source, "image_size": 2}
    assert described({**options, "label": "Mine", "note": "Few.", "image_size": 2}) == kept
    (tmp_path / "mine").rename(tmp_path / "moved")
    assert content({**options, "path": str(tmp_path / "moved")}) == first
    assert described(options) == options, "an absent file is told by its path"


@pytest.mark.parametrize("linked", ["mine", "mine/train/a", "mine/train/a/0.png"])
def test_images_below_a_link_are_told_as_the_reader_reads_them_and_by_their_names(linked, tmp_path):
    options = {"source": "image_folder", "path": str(tmp_path / "mine")}
    write_image_folder(tmp_path / "mine", 1)
    without_link = content(options)
    (tmp_path / linked).rename(tmp_path / "elsewhere")
    (tmp_path / linked).symlink_to(tmp_path / "elsewhere")
    (tmp_path / "mine/train/.hidden").write_bytes(b"of a file manager")
    assert content(options) == without_link
    (tmp_path / "mine/train/a/0.png").rename(tmp_path / "mine/train/a/1.png")
    assert content(options) not in (None, without_link)
    (tmp_path / "mine/train/a/1.png").rename(tmp_path / "mine/train/a/0.png")
    seen = {without_link, None}
    for split in ("train", "test"):
        write_image_folder(tmp_path / "mine", 2, [split])
        assert content(options) not in seen, split
        seen.add(content(options))
    read = image_folder.read({"path": options["path"], "image_size": 2, "channels": 1}, tmp_path)
    assert read.train_images.unique().tolist() == [2]


def test_an_archive_damaged_anywhere_stops_no_planning(tmp_path):
    path = tmp_path / "mine.npz"
    np.savez(path, train_images=np.zeros(1))
    options = {"source": "npz", "path": str(path)}
    whole, whole_content = path.read_bytes(), content(options)
    found = set()
    for place in range(whole.index(b"PK\x01\x02"), len(whole)):
        path.write_bytes(whole[:place] + b"\xff" + whole[place + 1 :])
        found.add(content(options))
    assert found > {None, whole_content}
    assert content({"source": "torchvision", "name": "MNIST"}) is None, "no user edits it"


@pytest.mark.parametrize(
    ("source", "path", "word"),
    [
        ("npz", "file", None),
        ("npz", "folder", "file"),
        ("npz", "absent", "exist"),
        ("npz", "a" * 300, "exist"),
        ("image_folder", "folder", None),
        ("image_folder", "file", "folder"),
        ("image_folder", "file/deep", "exist"),
        ("digits", "absent", None),
    ],
)
def test_own_images_must_be_there_as_their_source_needs_them(tmp_path, source, path, word):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    options = {"source": source, "path": str(tmp_path / path)}
    if word is None:
        check_there("mine", options)
    else:
        with pytest.raises(UserError, match=f"`datasets.mine.path` .*{word}"):
            check_there("mine", options)
