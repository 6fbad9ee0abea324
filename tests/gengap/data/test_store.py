import errno
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import safetensors
import safetensors.torch
import torch

from gengap.data.store import ImageDataset, load, save
from gengap.errors import UserError
from gengap.runtime import files


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


def assert_same(first, second):
    for field in ("train_images", "train_labels", "test_images", "test_labels"):
        assert torch.equal(getattr(first, field), getattr(second, field))
        assert getattr(first, field).dtype == getattr(second, field).dtype
    for field in ("classes", "name", "source", "note"):
        assert getattr(first, field) == getattr(second, field)


def test_what_is_saved_is_loaded_also_by_safetensors_alone(saved):
    assert_same(load(saved), dataset())
    with safetensors.safe_open(saved, framework="pt") as file:
        assert sorted(file.keys()) == ["test_images", "test_labels", "train_images", "train_labels"]
        assert torch.equal(file.get_tensor("train_images"), dataset().train_images)
        metadata = file.metadata()
    assert json.loads(metadata.pop("classes")) == ["cat", "chien “été”", "狗"]
    assert metadata == {"name": "animals", "source": "own arrays (animals.npz)", "note": "Grey levels."}


def test_the_data_start_at_a_multiple_of_eight_bytes(tmp_path):
    for length in range(8):
        save(dataset(note="x" * length), tmp_path / "a.safetensors")
        assert int.from_bytes((tmp_path / "a.safetensors").read_bytes()[:8], "little") % 8 == 0


def test_the_same_content_gives_the_same_bytes(tmp_path):
    # The library's own order of metadata differs from call to call: eight equal files would be a miracle.
    for index in range(8):
        save(dataset(), tmp_path / f"{index}.safetensors")
    assert len({(tmp_path / f"{index}.safetensors").read_bytes() for index in range(8)}) == 1


GREY, LABELS = torch.uint8, torch.int64


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"train_images": torch.zeros(6, 3, 5, 4)}, "train_images has the type torch.float32, expected torch.uint8"),
        ({"test_labels": torch.zeros(3).int()}, "test_labels has the type torch.int32, expected torch.int64"),
        ({"train_images": torch.zeros(6, 5, 4, dtype=GREY)}, "the shape 6×5×4, expected four axes N×C×H×W"),
        ({"test_labels": torch.zeros(3, 1, dtype=LABELS)}, "test_labels has the shape 3×1, expected one axis"),
        ({"train_labels": torch.tensor([0, 1, 2])}, "train_images holds 6 images but train_labels holds 3 labels"),
        (
            {"test_images": torch.zeros(0, 3, 5, 4, dtype=GREY), "test_labels": torch.zeros(0, dtype=LABELS)},
            "the test split is empty",
        ),
        ({"train_images": torch.zeros(6, 3, 0, 4, dtype=GREY)}, "the train split is empty"),
        ({"train_images": torch.zeros(6, 2, 5, 4, dtype=GREY)}, "train_images has 2 channels, expected 1"),
        ({"train_images": torch.zeros(6, 3, 4, 5, dtype=GREY).transpose(2, 3)}, "train tensors are not contiguous"),
        ({"train_labels": torch.tensor([0, 1, 2, -1, 1, 2])}, "train_labels holds the negative label -1"),
        ({"test_labels": torch.tensor([2, 1, 3])}, "test_labels holds the label 3 but there are 3 classes"),
        ({"test_images": torch.zeros(3, 1, 5, 4, dtype=GREY)}, "are 3×5×4 but the test images are 1×5×4"),
    ],
)
def test_a_broken_promise_is_one_sentence_and_no_file(changes, sentence, tmp_path):
    with pytest.raises(UserError, match=f"^Data set `animals`: .*{sentence}"):
        save(dataset(**changes), tmp_path / "animals.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_no_data_file_is_left_without_its_checksum(tmp_path, monkeypatch):
    def full(path):
        raise UserError(f"Cannot write {path}: no space is left on the device.")

    monkeypatch.setattr("gengap.data.store.write_checksum", full)
    with pytest.raises(UserError, match="no space is left"):
        save(dataset(), tmp_path / "animals.safetensors")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_no_file(tmp_path, monkeypatch):
    def full(source, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(UserError, match=r"animals\.safetensors: no space is left"):
        save(dataset(), tmp_path / "animals.safetensors")
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "animals.safetensors"
    save(dataset(), path)
    return path


AGAIN = r"delete it and animals\.safetensors\.sha256, then run the same command again to make both anew\.$"


def change_a_bit(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (change_a_bit, r"does not match its checksum animals\.safetensors\.sha256: " + AGAIN),
        (lambda path: Path(f"{path}.sha256").unlink(), "has no checksum beside it: " + AGAIN),
        (lambda path: Path(f"{path}.sha256").write_text(""), AGAIN),
        (lambda path: path.unlink(), r"animals\.safetensors does not exist: run the target `data`"),
    ],
)
def test_a_damaged_or_missing_file_is_found(damage, sentence, saved):
    damage(saved)
    with pytest.raises(UserError, match=sentence):
        load(saved)


def test_without_verification_the_checksum_is_not_read(saved):
    Path(f"{saved}.sha256").unlink()
    assert_same(load(saved, verify=False), dataset())


@pytest.mark.parametrize("length", [0, 4, 100, 500])
def test_a_truncated_file_with_its_own_checksum_is_found(saved, length):
    saved.write_bytes(saved.read_bytes()[:length])
    files.write_checksum(saved)
    with pytest.raises(UserError, match=r"cannot be read \(.+\): " + AGAIN):
        load(saved)


def test_another_kind_of_safetensors_file_is_found(saved):
    safetensors.torch.save_file({"weight": torch.zeros(2)}, saved)
    files.write_checksum(saved)
    with pytest.raises(UserError, match=r"cannot be read \(.+\): " + AGAIN):
        load(saved)


def test_training_does_not_import_what_only_sources_need():
    code = "import sys, gengap.data.store; print(*(m for m in sys.modules if not m.startswith('torch._')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    modules = set(done.stdout.split())
    assert "torch" in modules
    assert modules.isdisjoint({"torchvision", "PIL", "sklearn", "gengap.data.sources", "gengap.data.official"})


def environment():
    return {**os.environ, "PYTHONPATH": str(Path(files.__file__).parents[2])}
