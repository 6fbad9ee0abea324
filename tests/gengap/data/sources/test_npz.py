"""A user's own arrays: taken exactly from every layout and type that means images, or one sentence that names one."""

import zipfile
from pathlib import Path

import numpy as np
import pytest

from gengap.data.prepare import prepare
from gengap.data.sources import npz
from gengap.errors import UserError

ROOT = Path("unused")
GENERATOR = np.random.default_rng(0)
TRAIN = GENERATOR.integers(0, 256, size=(6, 5, 4, 3), dtype=np.uint8)
TEST = GENERATOR.integers(0, 256, size=(3, 5, 4, 3), dtype=np.uint8)


ARRAYS = {
    "train_images": TRAIN,
    "train_labels": np.array([0, 1, 2, 0, 1, 2]),
    "test_images": TEST,
    "test_labels": np.array([2, 0, 0]),
}


def write(path, without=(), save=np.savez, **changes):
    save(path, **{key: value for key, value in {**ARRAYS, **changes}.items() if key not in without})
    return path


def read(path):
    dataset = npz.read({"path": str(path)}, ROOT)
    dataset.validate()
    return dataset


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_channels_may_be_last_or_first_in_any_order_of_memory_or_left_out(save, tmp_path):
    last = read(write(tmp_path / "a.npz", save=save, train_images=np.asfortranarray(TRAIN)))
    first = {"train_images": TRAIN.transpose(0, 3, 1, 2), "test_images": TEST.transpose(0, 3, 1, 2)}
    for dataset in (last, read(write(tmp_path / "b.npz", **first))):
        assert (dataset.train_images.permute(0, 2, 3, 1).numpy() == TRAIN).all()
        assert (dataset.test_images.permute(0, 2, 3, 1).numpy() == TEST).all()
    grey = read(write(tmp_path / "c.npz", train_images=TRAIN[..., 0], test_images=TEST[..., 0]))
    assert (grey.train_images.numpy() == TRAIN[:, None, :, :, 0]).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float64, ">f4"])
def test_every_grey_level_survives_the_way_through_floating_point(dtype, tmp_path):
    """Numbers may miss their range by half a grey level."""
    levels = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)
    images = (levels / 255).astype(dtype)
    images[0, 0, 0], images[-1, -1, -1] = -0.0019, 1.0019
    arrays = {"images": images, "labels": np.array([0, 1, 0, 1])}
    both = {f"{split}_{key}": array for split in ("train", "test") for key, array in arrays.items()}
    assert (read(write(tmp_path / "a.npz", **both)).train_images[:, 0].numpy() == levels).all()


@pytest.mark.parametrize(("dtype", "shape"), [("u1", (6,)), (">i2", (6, 1)), ("<u8", (6, 1))])
def test_labels_are_integers_of_any_width_and_name_the_classes_unless_the_file_does(dtype, shape, tmp_path):
    labels = np.array([0, 1, 2, 0, 1, 2], dtype).reshape(shape)
    dataset = read(write(tmp_path / "a.npz", train_labels=labels))
    assert (dataset.train_labels.tolist(), dataset.classes) == ([0, 1, 2, 0, 1, 2], ("0", "1", "2"))
    assert read(write(tmp_path / "b.npz", classes=np.array(["cat", "dog", "狗"]))).classes == ("cat", "dog", "狗")


def train(images):
    return {"train_images": images}


def labels(values, dtype=None):
    return {"train_labels": np.array(values, dtype)}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        *(({"without": [key]}, f"`{key}`") for key in ("train_images", "test_labels")),
        *((train(TRAIN.astype(dtype)), "`train_images` .*uint8") for dtype in ("?", "i1", "u2", ">i4", "c8")),
        ({"test_images": TEST / 1.0}, r"`test_images` .* 25\d, .*\[0, 1\]"),
        (train(np.full((6, 5, 4), 6e4, np.float16)), r"60000 .*\[0, 1\]"),
        (train(np.full((6, 5, 4), -0.002)), r"-0.002.*\[0, 1\]"),
        *((train(np.full((6, 5, 4), value)), "`train_images` .*NaN") for value in (np.nan, -np.inf)),
        (train(np.array(0, np.uint8)), r"\(\), .*N×H×W"),
        (train(np.zeros((6, 784), np.uint8)), r"\(6, 784\), .*N×H×W"),
        (train(np.zeros((6, 5, 4, 2), np.uint8)), r"\(6, 5, 4, 2\), .* 1 or 3"),
        (train(np.zeros((6, 3, 4, 3), np.uint8)), r"\(6, 3, 4, 3\), .*one axis"),
        (train(np.zeros((0, 5, 4))), "train_images .*0"),
        ({"test_images": TEST[:0], "test_labels": np.zeros(0, int)}, "test .*empty"),
        *((labels([1, 0, 0, 1, 2, 0], dtype), "`train_labels` .*integers") for dtype in ("?", "f2", "c8", "U1", "S1")),
        (labels([0, 1, 2, 0, 1, 2**63], np.uint64), "-9223372036854775808"),
        (labels([1, 2, 3, 1, 2, 3]), "label 0, .*4 classes"),
        (labels([0, 1, 2, 0, 1, 2**40]), "label 3, .*1099511627777"),
        ({"test_labels": np.array([0, 1, 3])}, "label 3, .*4 classes"),
        (labels(np.eye(6, 3, dtype=int)), r"\(6, 3\), .*argmax"),
        (labels(0), r"\(\), .*N×1"),
        ({"classes": np.array(["a", "b"])}, "label 2 .*2 classes"),
        ({"classes": np.array([["a", "b", "c"]])}, r"`classes` .*\(1, 3\)"),
        ({"classes": np.array([b"a", b"b", b"c"])}, "`classes` .*text"),
    ],
)
def test_an_array_that_cannot_be_used_is_one_sentence_and_no_file(changes, told, tmp_path):
    path = write(tmp_path / "a.npz", **changes)
    with pytest.raises(UserError, match=told) as error:
        prepare("mine", {"source": "npz", "path": str(path)}, ROOT, tmp_path / "out" / "mine.safetensors")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("key", ["train_images", "classes"])
def test_objects_are_never_loaded(key, trap, tmp_path):
    with pytest.raises(UserError, match=f"`{key}` .*Python objects"):
        read(write(tmp_path / "a.npz", **{key: np.array([trap], dtype=object)}))
    assert not (tmp_path / "sprung").exists()


def overwritten(whole):
    middle = whole.index(b"train_images.npy") + 250
    return whole[:middle] + bytes(20) + whole[middle + 20 :]


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda whole: b"", r"a\.npz .*numpy\.savez"),
        (lambda whole: whole[:-20], r"a\.npz .*numpy\.savez"),
        (overwritten, r"`train_images` .*a\.npz .*numpy\.savez"),
    ],
)
def test_a_damaged_file_is_named(damage, told, tmp_path):
    path = write(tmp_path / "a.npz")
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(UserError, match=told):
        read(path)


@pytest.mark.parametrize("content", [b"0.1, 0.2", b"\x93NUMPY\1\0\x08\0nonsense", b"\x93NUMPY\1\0\xff\xff{"])
def test_an_array_that_is_none_is_named(content, tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for key in ARRAYS:
            archive.writestr(f"{key}.npy", content)
    with pytest.raises(UserError, match="`train_images` .*numpy.savez") as error:
        read(tmp_path / "a.npz")
    assert "\n" not in str(error.value)


def test_what_is_no_archive_of_arrays_is_named(tmp_path, monkeypatch):
    np.save(tmp_path / "single.npy", TRAIN)
    (tmp_path / "text.npz").write_text("hello")
    (tmp_path / "pickle.npz").write_bytes(b"\x80\x04K\x01.")
    names = {"single.npy": "single array", "text.npz": "savez", "pickle.npz": "savez", "none.npz": "exist", "": "exist"}
    for name, told in names.items():
        with pytest.raises(UserError, match=f"{tmp_path / name} .*{told}"):
            read(tmp_path / name)

    # Not by chmod, which does not bind the superuser.
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("numpy.load", refuse)
    with pytest.raises(UserError, match=r"text\.npz .*Permission denied"):
        read(tmp_path / "text.npz")
