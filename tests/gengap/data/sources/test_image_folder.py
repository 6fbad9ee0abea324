"""Folders of a user's own images: read exactly, shown as viewers show them, or one sentence that names the file."""

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gengap.data.prepare import prepare
from gengap.data.sources import image_folder
from gengap.errors import UserError

ROOT = Path("unused")
SIZE = 8
OPTIONS = {"source": "image_folder", "image_size": SIZE, "channels": 3}
PIXELS = np.random.default_rng(0).integers(0, 256, size=(7, SIZE, SIZE, 3), dtype=np.uint8)
# In the order of their names, which is neither that of making nor that of numbers.
TRAIN = ["train/cat/10.png", "train/cat/9.PNG", "train/dog/a.png", "train/dog/b.png", "train/emu/a.png"]
FILES = [*TRAIN, "test/cat/a.png", "test/dog/a.png"]


@pytest.fixture
def folder(tmp_path):
    """Three classes in training, two of which are tested."""
    for name, pixels in reversed(list(zip(FILES, PIXELS, strict=True))):
        path = tmp_path / "animals" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)
    return tmp_path / "animals"


def read(folder, **options):
    dataset = image_folder.read({"path": str(folder), "image_size": SIZE, **options}, ROOT)
    dataset.validate()
    return dataset


def test_images_are_read_exactly_in_the_order_of_their_names_and_hidden_files_are_passed_over(folder):
    for name in (".DS_Store", "train/.DS_Store", "train/cat/._10.png", "train/cat/Thumbs.db", "train/cat/desktop.ini"):
        (folder / name).touch()
    dataset = read(folder)
    assert (dataset.train_images.permute(0, 2, 3, 1).numpy() == PIXELS[:5]).all()
    assert (dataset.test_images.permute(0, 2, 3, 1).numpy() == PIXELS[5:]).all()
    assert dataset.train_labels.tolist() == [0, 0, 1, 1, 2]
    assert dataset.test_labels.tolist() == [0, 1]
    assert dataset.classes == ("cat", "dog", "emu")
    luma = PIXELS[:5] @ np.array([0.299, 0.587, 0.114])  # ITU-R 601-2
    assert np.abs(read(folder, channels=1).train_images[:, 0].numpy() - luma).max() <= 1


def test_resizing_touches_only_images_of_another_size(folder):
    # A linear ramp stays one under bilinear scaling, but for its ends.
    ramp = np.repeat(np.repeat(np.arange(16, dtype=np.uint8)[None, :, None] * 10, 20, axis=0), 3, axis=2)
    Image.fromarray(ramp).save(folder / "train/dog/b.png")
    with pytest.raises(UserError, match=r"train/dog/b\.png .*16×20 .*8×8.*`resize: true`"):
        read(folder)
    images = read(folder, resize=True).train_images
    assert (images[2].permute(1, 2, 0).numpy() == PIXELS[2]).all()
    centres = (np.arange(SIZE) * 2 + 0.5) * 10
    assert np.abs(images[3, 0].numpy()[:, 1:-1] - centres[1:-1]).max() <= 1


def encoded(image, form="PNG", **options):
    file = io.BytesIO()
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(file, form, **options)
    return file.getvalue()


def read_one(folder, content, suffix="png", channels=3, size=2):
    """Read an image as the only one of each split, as H×W×C."""
    for split in ("train", "test"):
        (folder / split / "a").mkdir(parents=True)
        (folder / split / "a" / f"0.{suffix}").write_bytes(content)
    return read(folder, image_size=size, channels=channels).train_images[0].permute(1, 2, 0).numpy()


def flat(mode, colour):
    return Image.new(mode, (2, 2), colour)


def two_bits(*chunks):
    """A PNG whose pixels are all the second of four grey levels, 85, which Pillow reads but does not write."""
    rows = zlib.compress(b"\0\x50" * 2)
    parts = [(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 2, 0, 0, 0, 0)), *chunks, (b"IDAT", rows), (b"IEND", b"")]
    framed = [struct.pack(">I", len(data)) + name + data for name, data in parts]
    return b"\x89PNG\r\n\x1a\n" + b"".join(one + struct.pack(">I", zlib.crc32(one[4:])) for one in framed)


PALETTE = flat("RGB", (10, 20, 30)).convert("P", palette=Image.Palette.ADAPTIVE)


@pytest.mark.parametrize(
    ("content", "colour"),
    [
        (encoded(flat("1", 1)), 255),
        (encoded(flat("L", 77)), 77),
        (two_bits(), 85),
        (encoded(PALETTE), (10, 20, 30)),
        (encoded(flat("RGBA", (1, 2, 3, 255))), (1, 2, 3)),
        # On white, c at an opacity of a/255 is (a c + (255 - a) 255)/255.
        (encoded(flat("LA", (0, 128))), 127),
        (encoded(flat("RGBA", (255, 0, 0, 128))), (255, 127, 127)),
        (encoded(flat("CMYK", (0, 0, 0, 255)), "JPEG"), 0),
    ],
)
def test_an_image_of_every_kind_is_read_as_viewers_show_it(content, colour, tmp_path):
    assert np.abs(read_one(tmp_path, content).astype(int) - colour).max() <= 1


QUARTERS = np.kron(np.array([[20, 90], [160, 230]], np.uint8), np.ones((8, 8), np.uint8))


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
@pytest.mark.parametrize(("orientation", "shown"), [(2, [[90, 20], [230, 160]]), (6, [[160, 20], [230, 90]])])
def test_images_are_turned_as_their_exif_orientation_says(orientation, shown, form, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = read_one(tmp_path, encoded(QUARTERS, form, exif=exif), size=16, channels=1)
    assert np.abs(image[4::8, 4::8, 0].astype(int) - shown).max() <= 3


GREY = flat("RGB", (77, 77, 77))
MANY = {"save_all": True, "append_images": [flat("RGB", (99, 99, 99))]}


@pytest.mark.parametrize(("form", "suffix"), [("JPEG", "png"), ("PNG", "JPG"), ("WEBP", "jpg"), ("MPO", "jpg")])
def test_what_is_in_a_file_counts_and_not_its_suffix(form, suffix, tmp_path):
    """An MPO is a photograph with a second one behind it."""
    content = encoded(GREY, form, **(MANY if form == "MPO" else {}))
    assert np.abs(read_one(tmp_path, content, suffix).astype(int) - 77).max() <= 2


UNUSABLE = {
    "16 bits": (encoded(np.full((2, 2), 51200, np.uint16)), "png", "8 bits"),
    "clear of 2 bits": (two_bits((b"tRNS", b"\0\1")), "png", "8 bits"),
    "white on clear": (encoded(flat("LA", (255, 0))), "png", "background"),
    "all clear": (encoded(flat("RGBA", (1, 2, 3, 0))), "png", "background"),
    "animated": (encoded(GREY, "GIF", **MANY), "png", "2 frames"),
    "TIFF": (encoded(GREY, "TIFF"), "png", "PNG or JPEG"),
    "text": (b"hello", "png", "PNG or JPEG"),
    "empty": (b"", "png", "PNG or JPEG"),
    **{f"{form} cut": (encoded(GREY, form)[:40], "png", "PNG or JPEG") for form in ("PNG", "JPEG", "WEBP", "BMP")},
    "BMP by its name": (encoded(GREY, "BMP"), "bmp", "convert"),
    "no suffix": (encoded(GREY), "", "convert"),
}


@pytest.mark.parametrize(("content", "suffix", "remedy"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_image_that_cannot_be_used_is_one_sentence(content, suffix, remedy, tmp_path):
    with pytest.raises(UserError, match=rf"train/a/0\.{suffix} .*{remedy}") as error:
        read_one(tmp_path / "mine", content, suffix)
    assert "\n" not in str(error.value)


def hide_all(folder):
    for path in folder.iterdir():
        path.rename(path.with_name(f".{path.name}"))


def link(path, target):
    path.unlink()
    path.symlink_to(target)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda folder: link(folder / "train/cat/10.png", "nowhere.png"), "cat/10.png .*No such file"),
        (lambda folder: link(folder / "train/cat/10.png", folder), "cat/10.png .*folder"),
        (lambda folder: (folder / "test/dog").rename(folder / "test/fox"), "`fox` .*test .*train"),
        (lambda folder: hide_all(folder / "train/cat"), "train/cat .*no image"),
        (lambda folder: hide_all(folder / "test"), "test .*empty"),
        (lambda folder: (folder / "train/a.png").touch(), r"train/a\.png is not a folder"),
        (lambda folder: folder.rename(folder.parent / "moved"), r"animals/train .*\(No such"),
    ],
)
def test_what_is_no_folder_of_images_for_each_class_is_named_and_leaves_no_data_set(change, told, folder, tmp_path):
    change(folder)
    with pytest.raises(UserError, match=told):
        prepare("mine", {**OPTIONS, "path": str(folder)}, ROOT, tmp_path / "out" / "mine.safetensors")
    assert not (tmp_path / "out").exists()
