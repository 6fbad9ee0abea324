import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gengap.data.own_files import check_there, content, described
from gengap.data.sources import image_folder
from gengap.errors import UserError


def write_image_folder(path, value):
    for split in ("train", "test"):
        (path / split / "a").mkdir(parents=True, exist_ok=True)
        Image.new("L", (2, 2), value).save(path / split / "a" / "0.png")


@pytest.fixture(params=["npz", "image_folder"])
def own(request, tmp_path):
    """The options of a user's data set, and a function that writes one image into it."""
    path = tmp_path / "mine"

    def write(value):
        if request.param == "npz":
            with open(path, "wb") as file:
                np.savez(file, train_images=np.full((2, 2), value, np.uint8))
        else:
            write_image_folder(path, value)

    return {"source": request.param, "path": str(path)}, write


def test_other_images_are_told_and_a_touch_is_not(own):
    options, write = own
    write(1)
    first = content(options)
    for path in (mine := Path(options["path"]), *mine.rglob("*")):
        os.utime(path, (1, 1))
    assert content(options) == first
    write(2)
    assert content(options) not in (None, first)
    write(1)
    assert content(options) == first


def test_a_renamed_file_is_another_content_and_a_hidden_one_is_none(tmp_path):
    options = {"source": "image_folder", "path": str(tmp_path)}
    write_image_folder(tmp_path, 1)
    first = content(options)
    for folder in (tmp_path, tmp_path / "train", tmp_path / "train" / "a"):
        (folder / ".hidden").write_bytes(b"of a file manager")
    assert content(options) == first
    (tmp_path / "train" / "a" / "0.png").rename(tmp_path / "train" / "a" / "1.png")
    assert content(options) not in (None, first)


@pytest.mark.parametrize("linked", ["mine", "mine/train", "mine/train/a", "mine/train/a/0.png"])
def test_images_below_a_link_are_told_as_the_reader_reads_them(linked, tmp_path):
    options = {"source": "image_folder", "path": str(tmp_path / "mine")}
    write_image_folder(tmp_path / "mine", 1)
    without_link = content(options)
    (tmp_path / linked).rename(tmp_path / "elsewhere")
    (tmp_path / linked).symlink_to(tmp_path / "elsewhere")
    assert content(options) == without_link
    write_image_folder(tmp_path / "mine", 2)
    assert content(options) not in (None, without_link)
    read = image_folder.read({"path": options["path"], "image_size": 2, "channels": 1}, tmp_path)
    assert read.train_images.unique().tolist() == [2]


def test_files_are_told_by_what_they_hold_and_not_by_their_place(own):
    options, write = own
    write(1)
    assert described({**options, "label": "Mine", "note": "Few.", "image_size": 2}) == {
        "source": options["source"],
        "image_size": 2,
    }
    absent = {**options, "path": "absent"}
    assert described(absent) == absent


def test_an_archive_damaged_anywhere_stops_no_planning(tmp_path):
    np.savez(tmp_path / "mine.npz", train_images=np.zeros(1))
    options = {"source": "npz", "path": str(tmp_path / "mine.npz")}
    whole = (tmp_path / "mine.npz").read_bytes()
    whole_content = content(options)
    different = 0
    for place in range(whole.index(b"PK\x01\x02"), len(whole)):
        (tmp_path / "mine.npz").write_bytes(whole[:place] + b"\xff" + whole[place + 1 :])
        different += content(options) != whole_content
    assert different > 0


def test_what_cannot_be_read_or_edited_has_no_content(tmp_path):
    (tmp_path / "broken").write_bytes(b"PK\x03\x04 truncated")
    for source in ("npz", "image_folder"):
        for name in ("absent", "broken"):
            assert content({"source": source, "path": str(tmp_path / name)}) is None
    assert content({"source": "torchvision", "name": "MNIST"}) is None


@pytest.mark.parametrize(
    ("source", "path", "word"),
    [
        ("npz", "file", None),
        ("npz", "link", None),
        ("npz", "folder", "not a file"),
        ("npz", "absent", "does not exist"),
        ("npz", "dangling", "does not exist"),
        ("npz", "a" * 300, "does not exist"),
        ("image_folder", "folder", None),
        ("image_folder", "file", "not a folder"),
        ("image_folder", "file/deep", "does not exist"),
    ],
)
def test_own_images_must_be_there_as_their_source_needs_them(tmp_path, source, path, word):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "dangling").symlink_to("nothing")
    options = {"source": source, "path": str(tmp_path / path)}
    if word is None:
        check_there("mine", options)
    else:
        with pytest.raises(UserError, match=f"`datasets.mine.path` .*{word}"):
            check_there("mine", options)
