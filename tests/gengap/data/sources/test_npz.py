import io
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


def repack(method):
    """A function that saves as NumPy does, but compressed by another method."""

    def save(path, **arrays):
        np.savez(path, **arrays)
        with zipfile.ZipFile(path) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, content in members.items():
                archive.writestr(name, content)

    return save


SAVERS = [np.savez, np.savez_compressed, repack(zipfile.ZIP_BZIP2), repack(zipfile.ZIP_LZMA)]


def read(path):
    dataset = npz.read({"path": str(path)}, ROOT)
    dataset.validate()
    return dataset


@pytest.mark.parametrize("save", SAVERS)
def test_channels_may_be_last_or_first_in_any_order_of_memory(save, tmp_path):
    last = read(write(tmp_path / "a.npz", save=save, train_images=np.asfortranarray(TRAIN)))
    first = read(
        write(tmp_path / "b.npz", train_images=TRAIN.transpose(0, 3, 1, 2), test_images=TEST.transpose(0, 3, 1, 2))
    )
    for dataset in (last, first):
        assert (dataset.train_images.permute(0, 2, 3, 1).numpy() == TRAIN).all()
        assert (dataset.test_images.permute(0, 2, 3, 1).numpy() == TEST).all()


def test_grey_images_need_no_channel_axis(tmp_path):
    dataset = read(write(tmp_path / "a.npz", train_images=TRAIN[..., 0], test_images=TEST[..., 0]))
    assert dataset.train_images.shape == (6, 1, 5, 4)
    assert (dataset.test_images[:, 0].numpy() == TEST[..., 0]).all()


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f4"])
def test_every_grey_level_survives_the_way_through_floating_point(dtype, tmp_path):
    levels = np.arange(256, dtype=np.uint8).reshape(4, 8, 8)
    arrays = {"images": (levels / 255).astype(dtype), "labels": np.array([0, 1, 0, 1])}
    both = {f"{split}_{key}": array for split in ("train", "test") for key, array in arrays.items()}
    assert (read(write(tmp_path / "a.npz", **both)).train_images[:, 0].numpy() == levels).all()


def test_floating_point_numbers_may_miss_their_range_by_half_a_grey_level(tmp_path):
    images = np.zeros((6, 4, 4), np.float32)
    images[0, 0] = [-0.0019, -1e-7, 1.0000001, 1.0019]
    dataset = read(write(tmp_path / "a.npz", train_images=images, test_images=TEST[:, :4, :, 0]))
    assert dataset.train_images[0, 0, 0].tolist() == [0, 0, 255, 255]


@pytest.mark.parametrize("shape", [(6,), (6, 1)])
@pytest.mark.parametrize("dtype", ["u1", "i1", "<u2", ">i2", "<i4", ">u4", "<u8", ">i8"])
def test_labels_may_be_integers_of_any_width(dtype, shape, tmp_path):
    dataset = read(write(tmp_path / "a.npz", train_labels=np.array([0, 1, 2, 0, 1, 2], dtype).reshape(shape)))
    assert dataset.train_labels.tolist() == [0, 1, 2, 0, 1, 2]


def test_classes_are_named_by_the_file_or_by_their_labels(tmp_path):
    assert read(write(tmp_path / "a.npz")).classes == ("0", "1", "2")
    assert read(write(tmp_path / "b.npz", classes=np.array(["cat", "dog", "狗"]))).classes == ("cat", "dog", "狗")


@pytest.mark.parametrize("key", ["train_images", "train_labels", "test_images", "test_labels"])
def test_a_missing_array_is_named(key, tmp_path):
    with pytest.raises(UserError, match=rf"a\.npz has no array `{key}`"):
        read(write(tmp_path / "a.npz", without=[key]))


def of_type(dtype):
    return {"test_labels": np.array([1, 0, 0]).astype(dtype)}


def constant(value, dtype=np.float64):
    return {"train_images": np.full((6, 5, 4), value, dtype)}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        *[
            ({"train_images": TRAIN.astype(dtype)}, f"`train_images` in .* has the type {name}: convert grey levels")
            for dtype, name in [("?", "bool"), ("i1", "int8"), ("u2", "uint16"), (">i4", ">i4"), ("c8", "complex64")]
        ],
        ({"test_images": TEST / 1.0}, r"`test_images` in .* from 0 to 25\d, expected \[0, 1\]: scale them"),
        (constant(6e4, np.float16), r"from 60000 to 60000, expected \[0, 1\]: scale"),
        (constant(1.002), r"from 1.002 to 1.002, expected \[0, 1\]: scale"),
        (constant(-0.002), r"from -0.002 to -0.002, expected \[0, 1\]: scale"),
        (constant(np.nan), "`train_images` in .* holds NaN or infinite values"),
        (constant(-np.inf, np.float32), "`train_images` in .* holds NaN or infinite"),
        ({"train_images": np.array(0, np.uint8)}, r"has the shape \(\), expected N×H×W"),
        ({"train_images": np.zeros((6, 784), np.uint8)}, r"the shape \(6, 784\), expected .*: reshape"),
        ({"train_images": np.zeros((6, 5, 4, 2), np.uint8)}, r"the shape \(6, 5, 4, 2\), expected .* 1 or 3"),
        ({"train_images": np.zeros((6, 3, 4, 3), np.uint8)}, r"the shape \(6, 3, 4, 3\), .* only one axis"),
        ({"train_images": TRAIN[:5]}, "train_images holds 5 images but train_labels holds 6 labels"),
        ({"train_images": np.zeros((0, 5, 4))}, "train_images holds 0 images"),
        ({"train_images": np.zeros((6, 0, 4), np.uint8)}, "the train split is empty"),
        ({"test_images": TEST[:0], "test_labels": np.zeros(0, int)}, "the test split is empty"),
        ({"test_images": TEST[:, :4]}, "the training images are 3×5×4 but the test images are 3×4×4"),
        *[
            (of_type(dtype), f"`test_labels` in .* has the type {name}, expected integers .*: convert")
            for dtype, name in [("?", "bool"), ("f2", "float16"), ("c8", "complex64"), ("U1", "<U1"), ("S1", r"\|S1")]
        ],
        ({"train_labels": np.array([0, 1, 2, 0, 1, -1])}, "train_labels holds the negative label -1"),
        ({"train_labels": np.array([0, 1, 2, 0, 1, 2**63], np.uint64)}, "the negative label -9223372036854775808"),
        ({"train_labels": np.array([1, 2, 3, 1, 2, 3])}, "has the label 0, of 4 classes: labels count from 0"),
        ({"train_labels": np.array([0, 1, 2, 0, 1, 2**40])}, "has the label 3, of 1099511627777 classes"),
        ({"train_labels": np.array([0, 2, 3, 0, 2, 3])}, "has the label 1, of 4 classes: labels count from 0"),
        ({"test_labels": np.array([0, 1, 3])}, "has the label 3, of 4 classes: labels count from 0"),
        ({"train_labels": np.eye(6, 3, dtype=int)}, r"has the shape \(6, 3\), expected N or N×1, .* argmax"),
        ({"train_labels": np.zeros((6, 1, 1), int)}, r"has the shape \(6, 1, 1\), expected N or N×1"),
        ({"train_labels": np.array(0)}, r"has the shape \(\), expected N or N×1"),
        ({"train_labels": np.array([[0], [1], [2], [0], [1]])}, "holds 6 images but train_labels holds 5 labels"),
        ({"classes": np.array(["a", "b"])}, "train_labels holds the label 2 but there are 2 classes"),
        ({"classes": np.array(["a", "b", "c", "d"])}, "has the label 3, of 4 classes"),
        ({"classes": np.array([["a", "b", "c"]])}, r"`classes` in .* must be one row of names .* shape \(1, 3\)"),
        ({"classes": np.array([b"a", b"b", b"c"])}, r"`classes` in .* must be one row of names \(text\)"),
        ({"classes": np.array(["a", "b", "\udce9"])}, r"the class name '\\udce9' is not valid Unicode; rename"),
    ],
)
def test_an_array_that_cannot_be_used_is_one_sentence_and_no_file(changes, sentence, tmp_path):
    path = write(tmp_path / "a.npz", **changes)
    with pytest.raises(UserError, match=sentence) as error:
        prepare("mine", {"source": "npz", "path": str(path)}, ROOT, tmp_path / "out" / "mine.safetensors")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


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


@pytest.mark.parametrize("save", SAVERS)
@pytest.mark.parametrize("share", [0, 0.1, 0.99])
def test_a_truncated_file_is_one_sentence(share, save, tmp_path):
    path = write(tmp_path / "a.npz", save=save)
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(UserError, match=r"a\.npz is not a complete \.npz file: write it again with numpy\.savez"):
        read(path)


@pytest.mark.parametrize("save", SAVERS)
def test_a_damaged_array_is_named(save, tmp_path):
    path = write(tmp_path / "a.npz", save=save)
    content = bytearray(path.read_bytes())
    middle = content.index(b"train_images.npy") + 250
    content[middle : middle + 20] = bytes(20)
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"`train_images` in .*a\.npz cannot be read \(.+\): write the file again"):
        read(path)


# A member's two headers; its flags stand after 6 and 8 bytes, its method after 8 and 10.
LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"


def patched(content, offset, value):
    """Change two bytes in both headers of every member."""
    for header, start in ((LOCAL, offset), (CENTRAL, offset + 2)):
        at = content.find(header)
        while at >= 0:
            content = content[: at + start] + value + content[at + start + 2 :]
            at = content.find(header, at + 1)
    return content


def member(content):
    """An archive whose arrays are all the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for key in ("train_images", "train_labels", "test_images", "test_labels"):
            archive.writestr(f"{key}.npy", content)
    return lambda whole: file.getvalue()


def header(text):
    return b"\x93NUMPY\1\0" + len(text).to_bytes(2, "little") + text


HUGE = b"{'descr': '|u1', 'fortran_order': False, 'shape': (99999, 99999, 99999), }"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda whole: patched(whole, 6, b"\1\0"), r"`train_images` in .* cannot be read \(.*encrypted.*\): write"),
        *[
            (lambda whole, method=method: patched(whole, 8, bytes([method, 0])), r"cannot be read \(.*\): write")
            for method in (1, 8, 9, 12, 14, 93, 95, 98, 99)
        ],
        (member(b"0.1, 0.2"), "`train_images` in .* is not a NumPy array: write the file again"),
        (member(header(b"nonsense")), r"cannot be read \(.*\): write"),
        (member(header(HUGE)), "cannot be read"),
        (member(header(b"{" + b" " * 20000 + b"}")), "cannot be read"),
    ],
)
def test_an_archive_that_cannot_be_read_is_one_sentence(change, sentence, tmp_path):
    path = write(tmp_path / "a.npz")
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(UserError, match=sentence) as error:
        read(path)
    assert "\n" not in str(error.value)


def test_a_file_without_permission_is_named(tmp_path, monkeypatch):
    # Not by chmod, which does not bind the superuser.
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("numpy.load", refuse)
    with pytest.raises(UserError, match=r"a\.npz cannot be read \(Permission denied\)"):
        read(write(tmp_path / "a.npz"))


def test_a_single_array_is_not_taken_for_a_data_set(tmp_path):
    np.save(tmp_path / "a.npy", TRAIN)
    with pytest.raises(UserError, match=r"a\.npy holds a single array"):
        read(tmp_path / "a.npy")


def test_another_kind_of_file_or_none_is_one_sentence(tmp_path):
    for content in (b"\x80\x04K\x01.", b"hello"):  # a pickle, and text
        (tmp_path / "a.npz").write_bytes(content)
        with pytest.raises(UserError, match=r"a\.npz is not a complete \.npz file"):
            read(tmp_path / "a.npz")
    for path in (tmp_path / "none.npz", tmp_path):
        with pytest.raises(UserError, match="does not exist: correct the `path` of the data set's entry"):
            read(path)
