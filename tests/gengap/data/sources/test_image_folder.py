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
    black.save(folder / "train/cat/black.jpg" if mode == "CMYK" else folder / "train/cat/black.png")
    assert read(folder).train_images[2].max() <= 1


def test_jpegs_are_read(folder):
    Image.fromarray(np.full((SIZE, SIZE, 3), 200, np.uint8)).save(folder / "train/cat/a.jpeg")
    image = read(folder).train_images[2].int()
    assert (image - 200).abs().max() <= 2


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


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    ("orientation", "shown"),
    [
        (1, [[20, 90], [160, 230]]),
        (2, [[90, 20], [230, 160]]),
        (3, [[230, 160], [90, 20]]),
        (4, [[160, 230], [20, 90]]),
        (5, [[20, 160], [90, 230]]),
        (6, [[160, 20], [230, 90]]),
        (7, [[230, 90], [160, 20]]),
        (8, [[90, 230], [20, 160]]),
        (9, [[20, 90], [160, 230]]),  # no such orientation
    ],
)
def test_images_are_turned_as_their_exif_orientation_says(orientation, shown, form, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = read_one(tmp_path, encoded(QUARTERS, form, exif=exif), size=16, channels=1)
    assert np.abs(image[4::8, 4::8, 0].astype(int) - shown).max() <= 3


FLAT = np.full((2, 2, 3), 77, np.uint8)
OTHER = Image.fromarray(FLAT + np.uint8(50))
MANY = {"save_all": True, "append_images": [OTHER]}


@pytest.mark.parametrize(
    ("form", "suffix", "options"),
    [
        ("JPEG", "png", {}),
        ("PNG", "JPG", {}),
        ("WEBP", "jpg", {"lossless": True}),
        ("GIF", "jpeg", {}),
        ("BMP", "png", {}),
        ("MPO", "jpg", MANY),  # a photograph with a second one behind it
    ],
)
def test_what_is_in_a_file_counts_and_not_its_suffix(form, suffix, options, tmp_path):
    assert np.abs(read_one(tmp_path, encoded(FLAT, form, **options), suffix).astype(int) - 77).max() <= 1


def modes_of_tiff():
    for mode in ["1", "L", "LA", "PA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "I;16", "F"]:
        yield f"TIFF {mode}", encoded(Image.new(mode, (2, 2)), "TIFF"), "png", "put a PNG or JPEG in its place"


@pytest.mark.parametrize(
    ("content", "suffix", "remedy"),
    [
        pytest.param(content, suffix, remedy, id=name)
        for name, content, suffix, remedy in [
            *[
                (f"16 bits, {kind}", png(16, kind, [b"\0\xc8" * 2 * samples] * 2), "png", "convert it to 8 bits")
                for kind, samples in [(GREY, 1), (RGB, 3), (GREY_ALPHA, 2), (RGB_ALPHA, 4)]
            ],
            ("2 bits, 1 clear", png(2, GREY, [b"\x10"] * 2, tRNS=b"\0\1"), "png", "convert it to 8 bits"),
            ("4 bits, 1 clear", png(4, GREY, [b"\x10"] * 2, tRNS=b"\0\1"), "png", "convert it to 8 bits"),
            ("white on clear", png(8, GREY_ALPHA, [b"\xff\xff\xff\0"] * 2), "png", "opaque background"),
            ("all clear", png(8, RGB_ALPHA, [b"\1\2\3\0\4\5\6\0"] * 2), "png", "opaque background"),
            ("animated GIF", encoded(FLAT, "GIF", **MANY), "png", "2 frames: keep one"),
            ("animated PNG", encoded(FLAT, "PNG", **MANY), "png", "2 frames: keep one"),
            ("animated WebP", encoded(FLAT, "WEBP", **MANY), "png", "2 frames: keep one"),
            ("TIFF of pages", encoded(FLAT, "TIFF", **MANY), "png", "put a PNG or JPEG in its place"),
            *modes_of_tiff(),
            ("JPEG 2000", encoded(FLAT, "JPEG2000"), "jpg", "put a PNG or JPEG in its place"),
            ("text", b"hello", "png", "put a PNG or JPEG in its place"),
            ("a bomb", png(8, GREY, [b""]).replace(b"\0\0\0\2" * 2, b"\0\1\0\0" * 2), "png", "put a PNG or JPEG"),
            ("BMP", encoded(FLAT, "BMP"), "bmp", "convert it"),
            ("TIFF", encoded(FLAT, "TIFF"), "tif", "convert it"),
            ("no suffix", encoded(FLAT, "PNG"), "", "convert it"),
        ]
    ],
)
def test_an_image_that_cannot_be_used_is_one_sentence_and_no_file(content, suffix, remedy, tmp_path):
    with pytest.raises(UserError, match=rf"train/a/0\.{suffix} .*{remedy}") as error:
        read_one(tmp_path / "mine", content, suffix)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "BMP"])
def test_a_truncated_image_is_named(form, share, tmp_path):
    content = encoded(PIXELS[0], form)
    with pytest.raises(
        UserError, match=r"train/a/0\.png cannot be read as an image \(.*\): put a PNG or JPEG"
    ) as error:
        read_one(tmp_path, content[: int(share * len(content))], size=SIZE)
    assert "\n" not in str(error.value)


def link_to_nothing(path):
    path.unlink()
    path.symlink_to("nowhere.png")


def link_to_itself(path):
    path.unlink()
    path.symlink_to(path.name)


def make_folder(path):
    path.unlink()
    path.mkdir()


def nest(path):
    (path.parent / "more").mkdir()
    path.rename(path.parent / "more" / path.name)


@pytest.mark.parametrize(
    ("change", "remedy"),
    [
        (link_to_nothing, "cat/10.png cannot be read as an image (No such file or directory)"),
        (link_to_itself, "cat/10.png cannot be read as an image (Too many levels of symbolic links)"),
        (make_folder, "cat/10.png is a folder inside that of a class: move its images up"),
        (nest, "cat/more is a folder inside that of a class: move its images up"),
    ],
)
def test_what_is_no_file_is_named_and_leaves_no_data_set(change, remedy, folder, tmp_path):
    change(folder / "train/cat/10.png")
    options = {"source": "image_folder", "path": str(folder), "image_size": SIZE, "channels": 3}
    with pytest.raises(UserError) as error:
        prepare("mine", options, ROOT, tmp_path / "out" / "mine.safetensors")
    assert remedy in str(error.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "name",
    [
        "a b",
        'it\'s "one"',
        "猫",
        "قطة",
        "cafe\u0301",
        "गर्दभ",
        "👩\u200d🔬",
        "می\u200cخواهم",
        "x" * 200,
    ],
)
def test_classes_may_be_named_in_every_script(name, folder, tmp_path):
    for split in ("train", "test"):
        (folder / split / "dog").rename(folder / split / name)
    options = {"source": "image_folder", "path": str(folder), "image_size": SIZE, "channels": 3}
    prepare("mine", options, ROOT, tmp_path / "mine.safetensors")
    assert load(tmp_path / "mine.safetensors").classes == tuple(sorted(["cat", name, "emu"]))


def test_a_class_whose_name_is_not_unicode_is_named(folder):
    for split in ("train", "test"):
        os.rename(os.fsencode(folder / split / "dog"), os.fsencode(folder / split) + b"/caf\xe9")
    with pytest.raises(UserError, match=r"caf\\udce9.* rename the class") as error:
        read(folder)
    assert str(error.value).isprintable()


def test_a_class_that_is_only_tested_is_named(folder):
    (folder / "test/fox").mkdir()
    Image.fromarray(PIXELS[0]).save(folder / "test/fox/a.png")
    with pytest.raises(UserError, match=r"The class `fox` is in .*test but not in .*train: add it there"):
        read(folder)


@pytest.mark.parametrize("split", ["train", "test"])
def test_an_empty_class_is_named(split, folder):
    for path in (folder / split / "cat").iterdir():
        path.unlink()
    (folder / split / "cat" / ".hidden").touch()
    with pytest.raises(UserError, match=rf"The class folder .*{split}/cat holds no image"):
        read(folder)


@pytest.mark.parametrize("split", ["train", "test"])
def test_an_empty_split_is_named(split, tmp_path, folder):
    for path in sorted((folder / split).rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    with pytest.raises(UserError, match=rf"{split} is empty: it holds one folder of images for each class"):
        read(folder)


def test_images_beside_the_class_folders_are_named(folder):
    Image.fromarray(PIXELS[0]).save(folder / "train/a.png")
    with pytest.raises(UserError, match=r"train/a\.png is not a folder"):
        read(folder)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(UserError, match=r"The folder .*nowhere/train cannot be read \(No such file or directory\)"):
        read(tmp_path / "nowhere")


def test_a_folder_without_permission_is_named(folder, monkeypatch):
    # Not by chmod, which does not bind the superuser.
    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("os.listdir", refuse)
    with pytest.raises(UserError, match=r"The folder .*animals/train cannot be read \(Permission denied\)"):
        read(folder)


def test_two_channels_are_refused(folder):
    with pytest.raises(UserError, match=r"`channels` of the images in .* must be 1 or 3, not 2"):
        read(folder, channels=2)
