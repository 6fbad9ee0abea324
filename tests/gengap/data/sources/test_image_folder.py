import io
import os
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


def test_images_are_read_exactly_in_the_order_of_their_names(folder):
    dataset = read(folder)
    assert (dataset.train_images.permute(0, 2, 3, 1).numpy() == PIXELS[:5]).all()
    assert (dataset.test_images.permute(0, 2, 3, 1).numpy() == PIXELS[5:]).all()
    assert dataset.train_labels.tolist() == [0, 0, 1, 1, 2]
    assert dataset.test_labels.tolist() == [0, 1]
    assert dataset.classes == ("cat", "dog", "emu")
    assert dataset.source == "own images (animals)"


def test_colour_becomes_luma_with_one_channel(folder):
    dataset = read(folder, channels=1)
    luma = PIXELS[:5] @ np.array([0.299, 0.587, 0.114])  # ITU-R 601-2
    assert dataset.train_images.shape == (5, 1, SIZE, SIZE)
    assert np.abs(dataset.train_images[:, 0].numpy() - luma).max() <= 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_images_of_any_8_bit_kind_become_colour(mode, folder):
    black = Image.fromarray(np.zeros((SIZE, SIZE, 3), np.uint8)).convert(mode)
    black.save(folder / f"train/cat/black.{'jpg' if mode == 'CMYK' else 'png'}")
    assert read(folder).train_images[2].max() <= 1


def test_hidden_files_are_passed_over(folder):
    (folder / ".DS_Store").touch()
    (folder / "train/.DS_Store").touch()
    for name in ("._10.png", "Thumbs.db", "desktop.ini"):
        (folder / "train/cat" / name).touch()
    assert len(read(folder).train_images) == 5


def test_another_size_is_an_error_that_names_the_file(folder):
    Image.new("RGB", (9, SIZE)).save(folder / "train/dog/b.png")
    with pytest.raises(UserError, match=r"train/dog/b\.png has 9×8 pixels, expected 8×8: .* `resize: true`"):
        read(folder)


def test_resizing_touches_only_images_of_another_size(folder):
    # A linear ramp stays one under bilinear scaling, but for its ends.
    ramp = np.repeat(np.repeat(np.arange(16, dtype=np.uint8)[None, :, None] * 10, 20, axis=0), 3, axis=2)
    Image.fromarray(ramp).save(folder / "train/dog/b.png")
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
    (Image.fromarray(image) if isinstance(image, np.ndarray) else image).save(file, form, **options)
    return file.getvalue()


def read_one(folder, content, suffix="png", channels=3, size=2):
    """Read an image as the only one of each split, as H×W×C."""
    for split in ("train", "test"):
        (folder / split / "a").mkdir(parents=True)
        (folder / split / "a" / f"0.{suffix}").write_bytes(content)
    return read(folder, image_size=size, channels=channels).train_images[0].permute(1, 2, 0).numpy()


GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6  # PNG's colour types
COLOURS = bytes([10, 20, 30, 200, 100, 50])


@pytest.mark.parametrize(
    ("content", "pixels"),
    [
        (png(1, GREY, [b"\x40", b"\x80"]), [0, 255, 255, 0]),
        (png(2, GREY, [b"\x10", b"\xb0"]), [0, 85, 170, 255]),
        (png(4, GREY, [b"\x0f", b"\x31"]), [0, 255, 51, 17]),
        (png(8, GREY, [b"\x00\x01", b"\x02\xff"]), [0, 1, 2, 255]),
        (png(8, RGB, [COLOURS, COLOURS]), [(10, 20, 30), (200, 100, 50)] * 2),
        *[
            (png(bits, PALETTE, rows, PLTE=COLOURS), [(10, 20, 30), (200, 100, 50), (200, 100, 50), (10, 20, 30)])
            for bits, rows in [
                (1, [b"\x40", b"\x80"]),
                (2, [b"\x10", b"\x40"]),
                (4, [b"\x01", b"\x10"]),
                (8, [b"\x00\x01", b"\x01\x00"]),
            ]
        ],
        # On white, c at an opacity of a/255 is (a c + (255 - a) 255)/255.
        (png(8, GREY_ALPHA, [b"\x00\xff\x00\x00", b"\x00\x80\x0a\xff"]), [0, 255, 127, 10]),
        (png(8, RGB_ALPHA, [b"\0\0\0\0\0\0\0\xff", b"\xff\0\0\x80\1\2\3\xff"]), [255, 0, (255, 127, 127), (1, 2, 3)]),
        (png(8, RGB_ALPHA, [b"\1\2\3\xff\4\5\6\xff"] * 2), [(1, 2, 3), (4, 5, 6)] * 2),
        (png(1, GREY, [b"\x40", b"\x80"], tRNS=b"\0\1"), [0, 255, 255, 0]),
        (png(2, GREY, [b"\x10", b"\xb0"], tRNS=b"\0\0"), [255, 85, 170, 255]),
        (png(8, GREY, [b"\x00\x01", b"\x02\x03"], tRNS=b"\0\1"), [0, 255, 2, 3]),
        (png(8, RGB, [COLOURS, COLOURS], tRNS=b"\0\x0a\0\x14\0\x1e"), [255, (200, 100, 50)] * 2),
        (png(1, PALETTE, [b"\x40", b"\x80"], PLTE=COLOURS, tRNS=b"\0"), [255, (200, 100, 50), (200, 100, 50), 255]),
        (
            png(1, PALETTE, [b"\x40", b"\x80"], PLTE=COLOURS, tRNS=b"\xff\x80"),
            [(10, 20, 30), (227, 177, 152), (227, 177, 152), (10, 20, 30)],
        ),
    ],
    ids=lambda value: f"{value[24]} bits, kind {value[25]}" if isinstance(value, bytes) else "",
)
def test_a_png_of_every_kind_is_read_as_viewers_show_it(content, pixels, tmp_path):
    expected = np.array([np.broadcast_to(pixel, 3) for pixel in pixels]).reshape(2, 2, 3)
    assert np.abs(read_one(tmp_path, content) - expected).max() <= 1


QUARTERS = np.kron(np.array([[20, 90], [160, 230]], np.uint8), np.ones((8, 8), np.uint8))


SHOWN = {
    1: [[20, 90], [160, 230]],
    2: [[90, 20], [230, 160]],
    3: [[230, 160], [90, 20]],
    4: [[160, 230], [20, 90]],
    5: [[20, 160], [90, 230]],
    6: [[160, 20], [230, 90]],
    7: [[230, 90], [160, 20]],
    8: [[90, 230], [20, 160]],
    9: [[20, 90], [160, 230]],  # no such orientation
}


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(("orientation", "shown"), SHOWN.items())
def test_images_are_turned_as_their_exif_orientation_says(orientation, shown, form, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = read_one(tmp_path, encoded(QUARTERS, form, exif=exif), size=16, channels=1)
    assert np.abs(image[4::8, 4::8, 0].astype(int) - shown).max() <= 3


FLAT = np.full((2, 2, 3), 77, np.uint8)
OTHER = Image.fromarray(FLAT + np.uint8(50))
MANY = {"save_all": True, "append_images": [OTHER]}


@pytest.mark.parametrize(
    ("form", "suffix"),
    # An MPO is a photograph with a second one behind it.
    [("JPEG", "png"), ("PNG", "JPG"), ("WEBP", "jpg"), ("GIF", "jpeg"), ("BMP", "png"), ("MPO", "jpg")],
)
def test_what_is_in_a_file_counts_and_not_its_suffix(form, suffix, tmp_path):
    content = encoded(FLAT, form, **({"MPO": MANY, "WEBP": {"lossless": True}}.get(form, {})))
    assert np.abs(read_one(tmp_path, content, suffix).astype(int) - 77).max() <= 1


DEEP, CLEAR, FRAMES, OTHER_FORM = "8 bits", "opaque background", "2 frames: keep one", "put a PNG or JPEG in its place"
MODES_OF_TIFF = ["1", "L", "LA", "PA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "I;16", "F"]
UNUSABLE = [
    *[
        (f"16 bits, {kind}", png(16, kind, [b"\0\xc8" * 2 * samples] * 2), "png", DEEP)
        for kind, samples in [(GREY, 1), (RGB, 3), (GREY_ALPHA, 2), (RGB_ALPHA, 4)]
    ],
    *[(f"{bits} bits, 1 clear", png(bits, GREY, [b"\x10"] * 2, tRNS=b"\0\1"), "png", DEEP) for bits in (2, 4)],
    ("white on clear", png(8, GREY_ALPHA, [b"\xff\xff\xff\0"] * 2), "png", CLEAR),
    ("all clear", png(8, RGB_ALPHA, [b"\1\2\3\0\4\5\6\0"] * 2), "png", CLEAR),
    *[(f"animated {form}", encoded(FLAT, form, **MANY), "png", FRAMES) for form in ("GIF", "PNG", "WEBP")],
    ("TIFF of pages", encoded(FLAT, "TIFF", **MANY), "png", OTHER_FORM),
    *[(f"TIFF {mode}", encoded(Image.new(mode, (2, 2)), "TIFF"), "png", OTHER_FORM) for mode in MODES_OF_TIFF],
    ("JPEG 2000", encoded(FLAT, "JPEG2000"), "jpg", OTHER_FORM),
    ("text", b"hello", "png", OTHER_FORM),
    ("a bomb", png(8, GREY, [b""]).replace(b"\0\0\0\2" * 2, b"\0\1\0\0" * 2), "png", "put a PNG or JPEG"),
    ("BMP", encoded(FLAT, "BMP"), "bmp", "convert it"),
    ("TIFF", encoded(FLAT, "TIFF"), "tif", "convert it"),
    ("no suffix", encoded(FLAT, "PNG"), "", "convert it"),
]


@pytest.mark.parametrize(("content", "suffix", "remedy"), [case[1:] for case in UNUSABLE], ids=[c[0] for c in UNUSABLE])
def test_an_image_that_cannot_be_used_is_one_sentence_and_no_file(content, suffix, remedy, tmp_path):
    with pytest.raises(UserError, match=rf"train/a/0\.{suffix} .*{remedy}") as error:
        read_one(tmp_path / "mine", content, suffix)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("share", [0, 0.1, 0.9])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_a_truncated_image_is_named(form, share, tmp_path):
    content = encoded(PIXELS[0], form)
    told = r"train/a/0\.png cannot be read as an image \(.*\): put a PNG or JPEG"
    with pytest.raises(UserError, match=told) as error:
        read_one(tmp_path, content[: int(share * len(content))], size=SIZE)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("nowhere.png", r"cat/10.png cannot be read as an image \(No such file or directory\)"),
        ("10.png", r"cat/10.png cannot be read as an image \(Too many levels of symbolic links\)"),
        (None, "cat/10.png is a folder inside that of a class: move its images up"),
    ],
)
def test_what_is_no_file_is_named_and_leaves_no_data_set(content, told, folder, tmp_path):
    path = folder / "train/cat/10.png"
    path.unlink()
    path.mkdir() if content is None else path.symlink_to(content)
    with pytest.raises(UserError, match=told):
        prepare("mine", {**OPTIONS, "path": str(folder)}, ROOT, tmp_path / "out" / "mine.safetensors")
    assert not (tmp_path / "out").exists()


NAMES = ["a b", 'it\'s "one"', "猫", "قطة", "cafe\u0301", "गर्दभ", "👩\u200d🔬", "می\u200cخواهم", "x" * 200]


@pytest.mark.parametrize("name", NAMES)
def test_classes_may_be_named_in_every_script(name, folder, tmp_path):
    for split in ("train", "test"):
        (folder / split / "dog").rename(folder / split / name)
    prepare("mine", {**OPTIONS, "path": str(folder)}, ROOT, tmp_path / "mine.safetensors")
    assert load(tmp_path / "mine.safetensors").classes == tuple(sorted(["cat", name, "emu"]))


def test_a_class_whose_name_is_not_unicode_is_named(folder):
    for split in ("train", "test"):
        os.rename(os.fsencode(folder / split / "dog"), os.fsencode(folder / split) + b"/caf\xe9")
    with pytest.raises(UserError, match=r"caf\\udce9.* rename the class") as error:
        read(folder)
    assert str(error.value).isprintable()


def only_hidden(folder):
    for path in folder.iterdir():
        path.rename(path.with_name(f".{path.name}"))


def add_image(path):
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(PIXELS[0]).save(path)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda folder: add_image(folder / "test/fox/a.png"),
            "The class `fox` is in .*test but not in .*train: add it",
        ),
        (lambda folder: only_hidden(folder / "train/cat"), "The class folder .*train/cat holds no image"),
        (lambda folder: only_hidden(folder / "test/cat"), "The class folder .*test/cat holds no image"),
        (lambda folder: only_hidden(folder / "train"), "train is empty: it holds one folder of images for each class"),
        (lambda folder: only_hidden(folder / "test"), "test is empty: it holds one folder of images for each class"),
        (lambda folder: add_image(folder / "train/a.png"), r"train/a\.png is not a folder"),
        (lambda folder: folder.rename(folder.parent / "moved"), r"The folder .*animals/train cannot be read \(No such"),
    ],
)
def test_what_is_no_folder_of_images_for_each_class_is_named(change, told, folder):
    change(folder)
    with pytest.raises(UserError, match=told):
        read(folder)


def test_two_channels_are_refused(folder):
    with pytest.raises(UserError, match=r"`channels` of the images in .* must be 1 or 3, not 2"):
        read(folder, channels=2)


def test_a_folder_without_permission_is_named(folder, monkeypatch):
    # Not by chmod, which does not bind the superuser.
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("os.listdir", refuse)
    with pytest.raises(UserError, match=r"The folder .*animals/train cannot be read \(Permission denied\)"):
        read(folder)
