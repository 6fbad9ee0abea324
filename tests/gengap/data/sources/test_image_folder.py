from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gengap.data.sources import image_folder
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
    (folder / "train/cat/._10.png").touch()
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


@pytest.mark.parametrize("length", [0, 5, 40, 100])
@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_truncated_image_is_named(suffix, length, folder):
    path = folder / f"test/dog/broken.{suffix}"
    Image.fromarray(PIXELS[0]).save(path)
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(UserError, match=rf"test/dog/broken\.{suffix} cannot be read as an image \(") as error:
        read(folder)
    assert "\n" not in str(error.value)


def test_an_image_of_16_bits_is_refused_rather_than_clipped(folder):
    Image.fromarray(np.full((SIZE, SIZE), 3000, np.uint16)).save(folder / "train/cat/10.png")
    with pytest.raises(UserError, match=r"10\.png has more than 8 bits per channel: convert it to 8 bits"):
        read(folder)


def test_a_file_of_another_kind_is_never_left_out_unnoticed(folder):
    Image.fromarray(PIXELS[0]).save(folder / "train/cat/c.bmp")
    with pytest.raises(UserError, match=r"train/cat/c\.bmp is not a \.png, \.jpg or \.jpeg file"):
        read(folder)


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
