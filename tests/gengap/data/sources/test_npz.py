from pathlib import Path

import numpy as np
import pytest
import torch

from gengap.data.sources import npz
from gengap.errors import UserError

ROOT = Path("unused")
GENERATOR = np.random.default_rng(0)
TRAIN = GENERATOR.integers(0, 256, size=(6, 5, 4, 3), dtype=np.uint8)
TEST = GENERATOR.integers(0, 256, size=(3, 5, 4, 3), dtype=np.uint8)


def write(path, without=(), save=np.savez, **changes):
    arrays = {
        "train_images": TRAIN,
        "train_labels": np.array([0, 1, 2, 0, 1, 2]),
        "test_images": TEST,
        "test_labels": np.array([2, 0, 0]),
    }
    arrays = {key: value for key, value in {**arrays, **changes}.items() if key not in without}
    save(path, **arrays)
    return path


def read(path):
    dataset = npz.read({"path": str(path)}, ROOT)
    dataset.validate()
    return dataset


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_channels_may_be_last_or_first(save, tmp_path):
    last = read(write(tmp_path / "a.npz", save=save))
    first = read(
        write(tmp_path / "b.npz", train_images=TRAIN.transpose(0, 3, 1, 2), test_images=TEST.transpose(0, 3, 1, 2))
    )
    assert last.train_images.shape == (6, 3, 5, 4)
    for channel in range(3):
        assert (last.train_images[:, channel].numpy() == TRAIN[..., channel]).all()
    assert torch.equal(first.train_images, last.train_images)
    assert torch.equal(first.test_images, last.test_images)


def test_grey_images_need_no_channel_axis(tmp_path):
    dataset = read(write(tmp_path / "a.npz", train_images=TRAIN[..., 0], test_images=TEST[..., 0]))
    assert dataset.train_images.shape == (6, 1, 5, 4)
    assert (dataset.test_images[:, 0].numpy() == TEST[..., 0]).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f4"])
def test_every_grey_level_survives_the_way_through_floating_point(dtype, tmp_path):
    levels = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)
    images = (levels / 255).astype(dtype)
    labels = np.array([0, 1, 0, 1])
    dataset = read(
        write(tmp_path / "a.npz", train_images=images, train_labels=labels, test_images=images, test_labels=labels)
    )
    assert (dataset.train_images[:, 0].numpy() == levels).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, ">i8"])
def test_labels_may_be_integers_of_any_width(dtype, tmp_path):
    dataset = read(write(tmp_path / "a.npz", train_labels=np.array([0, 1, 2, 0, 1, 2], dtype)))
    assert dataset.train_labels.tolist() == [0, 1, 2, 0, 1, 2]


def test_classes_are_named_by_the_file_or_by_their_labels(tmp_path):
    assert read(write(tmp_path / "a.npz")).classes == ("0", "1", "2")
    assert read(write(tmp_path / "b.npz", classes=np.array(["cat", "dog", "狗"]))).classes == ("cat", "dog", "狗")


@pytest.mark.parametrize("key", ["train_images", "train_labels", "test_images", "test_labels"])
def test_a_missing_array_is_named(key, tmp_path):
    with pytest.raises(UserError, match=rf"a\.npz has no array `{key}`"):
        read(write(tmp_path / "a.npz", without=[key]))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"train_images": TRAIN.astype(np.int64)}, "`train_images` in .* has the type int64: convert grey levels"),
        ({"test_images": TEST / 1.0}, r"`test_images` in .* from 0 to 25\d, expected \[0, 1\]: scale them"),
        ({"test_images": TEST / -255.0}, r"`test_images` in .* expected \[0, 1\]: scale them"),
        ({"train_images": np.full((6, 5, 4), np.nan)}, "`train_images` in .* holds NaN or infinite values"),
        ({"train_images": np.full((6, 5, 4), np.inf, np.float32)}, "`train_images` in .* holds NaN or infinite"),
        ({"train_images": TRAIN[0, 0]}, r"`train_images` in .* has the shape \(4, 3\), expected N×H×W"),
        ({"train_images": np.zeros((6, 5, 4, 2), np.uint8)}, r"the shape \(6, 5, 4, 2\), expected .* 1 or 3"),
        ({"train_images": np.zeros((6, 3, 4, 3), np.uint8)}, r"the shape \(6, 3, 4, 3\), .* only one axis"),
        ({"train_images": TRAIN[:5]}, "train_images holds 5 images but train_labels holds 6 labels"),
        ({"test_images": TEST[:, :4]}, "the training images are 3×5×4 but the test images are 3×4×4"),
        ({"test_images": TEST[:0], "test_labels": np.zeros(0, int)}, "the test split is empty"),
        (
            {"train_images": TRAIN[:0], "train_labels": np.zeros(0, int), "test_labels": np.array([0, 0, 0])},
            "the train split is empty",
        ),
        ({"train_labels": np.array([0, 1, 2, 0, 1, 2.5])}, "`train_labels` in .* has the type float64, expected int"),
        ({"train_labels": np.array([0, 1, 2, 0, 1, -1])}, "train_labels holds the negative label -1"),
        ({"train_labels": np.array([1, 2, 3, 1, 2, 3])}, "has the label 0, of 4 classes: labels count from 0"),
        ({"train_labels": np.array([0, 1, 2, 0, 1, 2**40])}, "has the label 3, of 1099511627777 classes"),
        ({"test_labels": np.array([0, 1, 3])}, "has the label 3, of 4 classes: labels count from 0"),
        ({"classes": np.array(["a", "b"])}, "train_labels holds the label 2 but there are 2 classes"),
        ({"classes": np.array(["a", "b", "c", "d"])}, "has the label 3, of 4 classes"),
        ({"classes": np.array([["a", "b", "c"]])}, r"`classes` in .* must be one row of names .* shape \(1, 3\)"),
        ({"train_labels": np.arange(6)[:, None] % 3}, "train_labels has the shape 6×1, expected one axis"),
    ],
)
def test_an_array_that_cannot_be_used_is_one_sentence(changes, sentence, tmp_path):
    with pytest.raises(UserError, match=sentence) as error:
        read(write(tmp_path / "a.npz", **changes))
    assert "\n" not in str(error.value)


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("key", ["train_images", "classes"])
def test_objects_are_never_loaded(key, tmp_path):
    trap = np.array([Trap(tmp_path / "sprung")], dtype=object)
    with pytest.raises(UserError, match=rf"`{key}` in .* is an array of Python objects, which is never loaded"):
        read(write(tmp_path / "a.npz", **{key: trap}))
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_a_truncated_file_is_one_sentence(share, save, tmp_path):
    path = write(tmp_path / "a.npz", save=save)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(UserError, match=r"a\.npz is not a complete \.npz file: write it again with numpy\.savez"):
        read(path)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_damaged_array_is_named(save, tmp_path):
    path = write(tmp_path / "a.npz", save=save)
    content = bytearray(path.read_bytes())
    middle = content.index(b"train_images.npy") + 250
    content[middle : middle + 20] = bytes(20)
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"`train_images` in .*a\.npz is damaged \(.+\): write the file again"):
        read(path)


def test_a_single_array_is_not_taken_for_a_data_set(tmp_path):
    np.save(tmp_path / "a.npy", TRAIN)
    with pytest.raises(UserError, match=r"a\.npy holds a single array"):
        read(tmp_path / "a.npy")


@pytest.mark.parametrize("content", [b"\x80\x04K\x01.", b"hello"], ids=["pickle", "text"])
def test_another_kind_of_file_is_one_sentence(content, tmp_path):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.npz is not a complete \.npz file"):
        read(tmp_path / "a.npz")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(UserError, match=r"a\.npz does not exist: correct the `path` of the data set's entry"):
        read(tmp_path / "a.npz")
    with pytest.raises(UserError, match="does not exist"):
        read(tmp_path)
