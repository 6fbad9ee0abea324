"""A data set comes back as it was saved, from the same bytes each time, or it is told what is wrong with its file."""

import errno
import json
import os
from dataclasses import fields, replace
from pathlib import Path

import pytest
import safetensors
import safetensors.torch
import torch

from gengap.data.store import ImageDataset, load, save
from gengap.errors import UserError
from gengap.runtime import files

GREY, LABELS = torch.uint8, torch.int64


def dataset(**changes):
    original = ImageDataset(
        train_images=torch.arange(6 * 3 * 5 * 4).view(6, 3, 5, 4).to(torch.uint8),
        train_labels=torch.tensor([0, 1, 2, 0, 1, 2]),
        test_images=torch.arange(3 * 3 * 5 * 4).view(3, 3, 5, 4).to(torch.uint8),
        test_labels=torch.tensor([2, 1, 0]),
        classes=("cat", "chien “été”", "狗"),
        name="animals",
        source="own arrays (animals.npz)",
        note="Grey levels.",
    )
    return replace(original, **changes)


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "animals.safetensors"
    save(dataset(), path)
    return path


def test_what_is_saved_is_loaded_also_by_safetensors_alone(saved):
    loaded, expected = load(saved), dataset()
    for field in fields(ImageDataset):
        one, other = getattr(loaded, field.name), getattr(expected, field.name)
        assert torch.equal(one, other) if isinstance(one, torch.Tensor) else one == other
    with safetensors.safe_open(saved, framework="pt") as file:
        assert sorted(file.keys()) == ["test_images", "test_labels", "train_images", "train_labels"]
        assert torch.equal(file.get_tensor("train_images"), dataset().train_images)
        metadata = file.metadata()
    assert json.loads(metadata.pop("classes")) == ["cat", "chien “été”", "狗"]
    assert metadata == {"name": "animals", "source": "own arrays (animals.npz)", "note": "Grey levels."}
    Path(f"{saved}.sha256").unlink()
    assert load(saved, verify=False).name == "animals", "without verification the checksum is not read"


def test_the_same_content_gives_the_same_bytes_which_begin_at_a_multiple_of_eight(tmp_path):
    path = tmp_path / "a.safetensors"
    found = set()
    # The library's own order of metadata differs from call to call: eight equal files would be a miracle.
    for _ in range(8):
        save(dataset(), path)
        found.add(path.read_bytes())
    assert len(found) == 1
    for length in range(8):
        save(dataset(note="x" * length), path)
        assert int.from_bytes(path.read_bytes()[:8], "little") % 8 == 0


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"train_images": torch.zeros(6, 3, 5, 4)}, "train_images .*torch.float32, .*torch.uint8"),
        ({"test_labels": torch.zeros(3).int()}, "test_labels .*torch.int32, .*torch.int64"),
        ({"train_images": torch.zeros(6, 5, 4, dtype=GREY)}, "train_images .*6×5×4, .*N×C×H×W"),
        ({"test_labels": torch.zeros(3, 1, dtype=LABELS)}, "test_labels .*3×1"),
        ({"train_labels": torch.tensor([0, 1, 2])}, "train_images .*6 .*train_labels .*3"),
        ({"train_images": torch.zeros(6, 2, 5, 4, dtype=GREY)}, "train_images has 2 channels"),
        ({"train_images": torch.zeros(6, 3, 4, 5, dtype=GREY).transpose(2, 3)}, "train .*contiguous"),
        ({"train_labels": torch.tensor([0, 1, 2, -1, 1, 2])}, "train_labels .* -1"),
        ({"test_labels": torch.tensor([2, 1, 3])}, "test_labels .*label 3 .*3 classes"),
        ({"test_images": torch.zeros(3, 1, 5, 4, dtype=GREY)}, "3×5×4 .*1×5×4"),
        ({"classes": ("cat", "caf\udce9", "dog")}, r"caf\\udce9"),
    ],
)
def test_a_broken_promise_is_one_sentence_and_no_file(changes, named, tmp_path):
    with pytest.raises(UserError, match=f"^Data set `animals`: .*{named}"):
        save(dataset(**changes), tmp_path / "animals.safetensors")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("full_at", [1, 2])
def test_a_full_disk_leaves_neither_a_half_file_nor_one_without_its_checksum(full_at, tmp_path, monkeypatch):
    calls, replace_file = [], os.replace

    def full(source, target):
        calls.append(target)
        if len(calls) == full_at:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace_file(source, target)

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(UserError, match=r"animals\.safetensors.*space"):
        save(dataset(), tmp_path / "animals.safetensors")
    assert list(tmp_path.iterdir()) == []


def replace_with_checksum(path, content):
    path.write_bytes(content)
    files.write_checksum(path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x"),
        lambda path: Path(f"{path}.sha256").unlink(),
        lambda path: Path(f"{path}.sha256").write_text(""),
        lambda path: path.unlink(),
        *(lambda path, end=end: replace_with_checksum(path, path.read_bytes()[:end]) for end in (0, 4, 100, 500)),
        lambda path: replace_with_checksum(path, safetensors.torch.save({"weight": torch.zeros(2)})),
    ],
)
def test_a_damaged_or_missing_file_is_named_with_what_to_do(damage, saved):
    damage(saved)
    with pytest.raises(UserError, match=rf"{saved} .*(animals\.safetensors\.sha256|`data`)"):
        load(saved)


def test_a_file_whose_labels_name_no_class_is_refused(saved):
    labels = load(saved).train_labels.numpy().tobytes()
    replace_with_checksum(saved, saved.read_bytes().replace(labels, b"\xff" * len(labels)))
    with pytest.raises(UserError, match="`animals`: .*label"):
        load(saved)
