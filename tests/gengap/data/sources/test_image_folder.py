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
from gengap.data.store import load
from gengap.errors import UserError

ROOT = Path("unused")
SIZE = 8
OPTIONS = {"source": "image_folder", "image_size": SIZE, "channels": 3}
PIXELS = np.random.default_rng(0).integers(0, 256, size=(7, SIZE, SIZE, 3), dtype=np.uint8)
# In the order of their names, which is neither that of making nor that of numbers.
FILES = [
    "train/cat/10.png",
    "train/cat/9.PNG",
    "train/dog/a.png",
    "train/dog/b.png",
    "train/emu/a.png",
    "test/cat/a.png",
    "test/dog/a.png",
]


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
    assert dataset.source == "own images (animals)"


def test_colour_becomes_luma_with_one_channel(folder):
    luma = PIXELS[:5] @ np.array([0.299, 0.587, 0.114])  # ITU-R 601-2
    images = read(folder, channels=1).train_images
    assert images.shape == (5, 1, SIZE, SIZE)
    assert np.abs(images[:, 0].numpy() - luma).max() <= 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_images_of_any_8_bit_kind_become_colour(mode, folder):
    black = Image.fromarray(np.zeros((SIZE, SIZE, 3), np.uint8)).convert(mode)
    black.save(folder / f"train/cat/black.{'jpg' if mode == 'CMYK' else 'png'}")
    assert read(folder).train_images[2].max() <= 1


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


def png(depth, kind, rows, **chunks):
    """A PNG of 2×2 pixels by its specification: bits, colour type, the bytes of each row, PLTE and tRNS."""
    header = struct.pack(">IIBBBBB", 2, 2, depth, kind, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    content = b"\x89PNG\r\n\x1a\n"
    for name, part in [("IHDR", header), *chunks.items(), ("IDAT", data), ("IEND", b"")]:
        checked = name.encode() + part
        content += struct.pack(">I", len(part)) + checked + struct.pack(">I", zlib.crc32(checked))
    return content


def encoded(image, form, **options):
    file = io.BytesIO()
    Image.fromarray(image).save(file, form, **options)
    return file.getvalue()


def read_one(folder, content, suffix="png", channels=3, size=2):
    """Read an image as the only one of each split, as H×W×C."""
    for split in ("train", "test"):
        (folder / split / "a").mkdir(parents=True)
        (folder / split / "a" / f"0.{suffix}").write_bytes(content)
    return read(folder, image_size=size, channels=channels).train_images[0].permute(1, 2, 0).numpy()


GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6  # PNG's colour types
ONE, OTHER = (10, 20, 30), (200, 100, 50)
TWO_COLOURS = bytes(ONE + OTHER)


@pytest.mark.parametrize(
    ("content", "pixels"),
    [
        (png(1, GREY, [b"\x40", b"\x80"]), [0, 255, 255, 0]),
        (png(2, GREY, [b"\x10", b"\xb0"]), [0, 85, 170, 255]),
        (png(4, GREY, [b"\x0f", b"\x31"]), [0, 255, 51, 17]),
        (png(8, RGB, [TWO_COLOURS, TWO_COLOURS]), [ONE, OTHER] * 2),
        (png(4, PALETTE, [b"\x01", b"\x10"], PLTE=TWO_COLOURS), [ONE, OTHER, OTHER, ONE]),
        # On white, c at an opacity of a/255 is (a c + (255 - a) 255)/255.
        (png(8, GREY_ALPHA, [b"\x00\xff\x00\x00", b"\x00\x80\x0a\xff"]), [0, 255, 127, 10]),
        (png(8, RGB_ALPHA, [b"\0\0\0\0\0\0\0\xff", b"\xff\0\0\x80\1\2\3\xff"]), [255, 0, (255, 127, 127), (1, 2, 3)]),
        (png(8, RGB_ALPHA, [b"\1\2\3\xff\4\5\6\xff"] * 2), [(1, 2, 3), (4, 5, 6)] * 2),
        (png(2, GREY, [b"\x10", b"\xb0"], tRNS=b"\0\0"), [255, 85, 170, 255]),
        (
            png(1, PALETTE, [b"\x40", b"\x80"], PLTE=TWO_COLOURS, tRNS=b"\xff\x80"),
            [ONE, (227, 177, 152), (227, 177, 152), ONE],
        ),
    ],
    ids=lambda value: f"{value[24]} bits, kind {value[25]}" if isinstance(value, bytes) else "",
)
def test_a_png_of_every_kind_is_read_as_viewers_show_it(content, pixels, tmp_path):
    expected = np.array([np.broadcast_to(pixel, 3) for pixel in pixels]).reshape(2, 2, 3)
    assert np.abs(read_one(tmp_path, content) - expected).max() <= 1


QUARTERS = np.kron(np.array([[20, 90], [160, 230]], np.uint8), np.ones((8, 8), np.uint8))


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
@pytest.mark.parametrize(
    ("orientation", "shown"),
    [
        (1, [[20, 90], [160, 230]]),
        (2, [[90, 20], [230, 160]]),
        (6, [[160, 20], [230, 90]]),
        (9, [[20, 90], [160, 230]]),  # no such orientation
    ],
)
def test_images_are_turned_as_their_exif_orientation_says(orientation, shown, form, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = read_one(tmp_path, encoded(QUARTERS, form, exif=exif), size=16, channels=1)
    assert np.abs(image[4::8, 4::8, 0].astype(int) - shown).max() <= 3


FLAT = np.full((2, 2, 3), 77, np.uint8)
MANY = {"save_all": True, "append_images": [Image.fromarray(FLAT + np.uint8(50))]}


@pytest.mark.parametrize(
    ("form", "suffix"),
    # An MPO is a photograph with a second one behind it.
    [("JPEG", "png"), ("PNG", "JPG"), ("WEBP", "jpg"), ("GIF", "jpeg"), ("BMP", "png"), ("MPO", "jpg")],
)
def test_what_is_in_a_file_counts_and_not_its_suffix(form, suffix, tmp_path):
    content = encoded(FLAT, form, **({"MPO": MANY, "WEBP": {"lossless": True}}.get(form, {})))
    assert np.abs(read_one(tmp_path, content, suffix).astype(int) - 77).max() <= 1


UNUSABLE = {
    **{
        f"16 bits, kind {kind}": (png(16, kind, [b"\0\xc8" * 2 * samples] * 2), "png", "8 bits")
        for kind, samples in [(GREY, 1), (RGB, 3), (GREY_ALPHA, 2), (RGB_ALPHA, 4)]
    },
    "4 bits, 1 clear": (png(4, GREY, [b"\x10"] * 2, tRNS=b"\0\1"), "png", "8 bits"),
    "white on clear": (png(8, GREY_ALPHA, [b"\xff\xff\xff\0"] * 2), "png", "background"),
    "all clear": (png(8, RGB_ALPHA, [b"\1\2\3\0\4\5\6\0"] * 2), "png", "background"),
    **{f"animated {form}": (encoded(FLAT, form, **MANY), "png", "2 frames") for form in ("GIF", "PNG", "WEBP")},
    "TIFF": (encoded(FLAT, "TIFF"), "png", "PNG or JPEG"),
    "text": (b"hello", "png", "PNG or JPEG"),
    "a bomb": (png(8, GREY, [b""]).replace(b"\0\0\0\2" * 2, b"\0\1\0\0" * 2), "png", "PNG or JPEG"),
    **{
        f"{form} cut at {length}": (encoded(FLAT, form)[:length], "png", "PNG or JPEG")
        for form in ("PNG", "JPEG", "GIF", "WEBP", "BMP")
        for length in (0, 30)
    },
    "BMP by its name": (encoded(FLAT, "BMP"), "bmp", "convert"),
    "no suffix": (encoded(FLAT, "PNG"), "", "convert"),
}


@pytest.mark.parametrize(("content", "suffix", "remedy"), UNUSABLE.values(), ids=UNUSABLE)
def test_an_image_that_cannot_be_used_is_one_sentence(content, suffix, remedy, tmp_path):
    with pytest.raises(UserError, match=rf"train/a/0\.{suffix} .*{remedy}") as error:
        read_one(tmp_path / "mine", content, suffix)
    assert "\n" not in str(error.value)


def only_hidden(folder):
    for path in folder.iterdir():
        path.rename(path.with_name(f".{path.name}"))


def replaced(path, target=None):
    """Put a link to another file in the place of a file, or else a folder."""
    path.unlink()
    path.mkdir() if target is None else path.symlink_to(target)


def add_image(path):
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(PIXELS[0]).save(path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda folder: replaced(folder / "train/cat/10.png", "nowhere.png"), r"cat/10.png .*No such file"),
        (lambda folder: replaced(folder / "train/cat/10.png", "10.png"), "cat/10.png .*symbolic links"),
        (lambda folder: replaced(folder / "train/cat/10.png"), "cat/10.png .*folder"),
        (lambda folder: add_image(folder / "test/fox/a.png"), "`fox` .*test .*train"),
        (lambda folder: only_hidden(folder / "train/cat"), "train/cat .*no image"),
        (lambda folder: only_hidden(folder / "test"), "test .*empty"),
        (lambda folder: add_image(folder / "train/a.png"), r"train/a\.png .*folder"),
        (lambda folder: folder.rename(folder.parent / "moved"), r"animals/train .*\(No such"),
    ],
)
def test_what_is_no_folder_of_images_for_each_class_is_named_and_leaves_no_data_set(change, told, folder, tmp_path):
    change(folder)
    with pytest.raises(UserError, match=told):
        prepare("mine", {**OPTIONS, "path": str(folder)}, ROOT, tmp_path / "out" / "mine.safetensors")
    assert not (tmp_path / "out").exists()


def test_two_channels_are_refused(folder):
    with pytest.raises(UserError, match="`channels` .*2"):
        read(folder, channels=2)


@pytest.mark.parametrize("name", ["a b", 'it\'s "one"', "猫", "قطة", "cafe\u0301", "👩\u200d🔬", "x" * 200])
def test_classes_may_be_named_in_every_script(name, folder, tmp_path):
    for split in ("train", "test"):
        (folder / split / "dog").rename(folder / split / name)
    prepare("mine", {**OPTIONS, "path": str(folder)}, ROOT, tmp_path / "mine.safetensors")
    assert load(tmp_path / "mine.safetensors").classes == tuple(sorted(["cat", name, "emu"]))
