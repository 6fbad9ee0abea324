"""A user's own image files: `train/<class>/*.png|jpg` and `test/<class>/*.png|jpg`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps

from gengap.data.own_files import reason, visible
from gengap.data.source_options import complete
from gengap.data.store import ImageDataset
from gengap.errors import UserError

_SUFFIXES = {".png", ".jpg", ".jpeg"}
# Pictures from the web often have another's suffix. None of these but PNG has more than 8 bits in a channel.
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
_MODES = {1: "L", 3: "RGB"}


def read(options: Mapping[str, Any], root: Path) -> ImageDataset:
    """Read a folder of images; classes and files are taken in the order of their names.

    Files that file managers leave are passed over; any other file that is not a PNG or JPEG is an error, so that
    no image is left out unnoticed. Images are read as viewers show them: turned as their EXIF orientation says,
    and on white where they are transparent. Colour profiles are not applied. With one channel, colours become
    grey (ITU-R 601-2 luma); with three, grey images become three equal channels.

    Args:
        options: `path` (relative to the working directory or absolute), `image_size` (height and width in
            pixels), `channels` (1 or 3), `resize` (scale images of another size bilinearly, whatever their
            proportions, instead of refusing them).
        root: not used.

    Raises:
        UserError: the folder or one of its files is unusable; the sentence names it.
    """
    values = complete("image_folder", options, required=["path", "image_size"], channels=3, resize=False)
    folder = Path(values["path"])
    if values["channels"] not in _MODES:
        raise UserError(f"`channels` of the images in {folder} must be 1 or 3, not {values['channels']}.")
    train_folders, test_folders = (_class_folders(folder / split) for split in ("train", "test"))
    classes = tuple(path.name for path in train_folders)
    for path in test_folders:
        if path.name not in classes:
            train = folder / "train"
            raise UserError(f"The class `{path.name}` is in {path.parent} but not in {train}: add it there.")
    train_images, train_labels = _read_split(train_folders, classes, values)
    test_images, test_labels = _read_split(test_folders, classes, values)
    return ImageDataset(
        train_images=train_images,
        train_labels=train_labels,
        test_images=test_images,
        test_labels=test_labels,
        classes=classes,
        name=folder.name,
        source=f"own images ({folder.name})",
    )


def _entries(folder: Path) -> list[Path]:
    try:
        return visible(folder)
    except OSError as error:
        raise UserError(
            f"The folder {folder} cannot be read ({error.strerror}): "
            "an image folder holds train/<class>/ and test/<class>/."
        ) from error


def _class_folders(split: Path) -> list[Path]:
    entries = _entries(split)
    for path in entries:
        if not path.is_dir():
            raise UserError(f"{path} is not a folder: {split} holds one folder of images for each class.")
    if not entries:
        raise UserError(f"{split} is empty: it holds one folder of images for each class.")
    return entries


def _read_split(
    folders: list[Path], classes: tuple[str, ...], options: Mapping[str, Any]
) -> tuple[torch.Tensor, torch.Tensor]:
    """Images (uint8, N×C×H×W) and labels (int64, N) of one split."""
    size, channels, resize = options["image_size"], options["channels"], options["resize"]
    images: list[np.ndarray] = []
    labels: list[int] = []
    for folder in folders:
        files = _entries(folder)
        if not files:
            raise UserError(f"The class folder {folder} holds no image: add some or remove the folder.")
        images += [_read_image(path, size, channels, resize) for path in files]
        labels += [classes.index(folder.name)] * len(files)
    # `stack` keeps the H×W×C order that Pillow's arrays have in memory.
    stacked = np.ascontiguousarray(np.stack(images))
    return torch.from_numpy(stacked), torch.tensor(labels, dtype=torch.int64)


def _read_image(path: Path, size: int, channels: int, resize: bool) -> np.ndarray:
    """One image as uint8, C×H×W."""
    if path.is_dir():
        raise UserError(f"{path} is a folder inside that of a class: move its images up, beside it.")
    if path.suffix.lower() not in _SUFFIXES:
        raise UserError(f"{path} is not a .png, .jpg or .jpeg file: convert it or move it elsewhere.")
    try:
        with Image.open(path, formats=_FORMATS) as file:
            # An MPO is a photograph with others behind it, such as a preview; viewers show the first.
            frames = 1 if file.format == "MPO" else getattr(file, "n_frames", 1)
            # Pillow cuts 16 bits to 8, and does not find the transparent one among grey levels of 2 or 4 bits.
            bits = str(file.tile) if file.format == "PNG" else ""
            misread = ";16" in bits or ("L;" in bits and file.info.get("transparency", 0) != 0)
            image = ImageOps.exif_transpose(file)
    # A damaged file can make a decoder raise anything.
    except Exception as error:
        raise UserError(
            f"{path} cannot be read as an image ({reason(error)}): put a PNG or JPEG in its place, or remove it."
        ) from error
    if frames > 1:
        raise UserError(f"{path} is an animation of {frames} frames: keep one of them.")
    if misread:
        raise UserError(
            f"{path} has more than 8 bits per channel, or a transparent grey of fewer: convert it to 8 bits."
        )
    image = _on_white(path, image).convert(_MODES[channels])
    if image.size != (size, size):
        if not resize:
            raise UserError(
                f"{path} has {image.width}×{image.height} pixels, expected {size}×{size}: "
                "scale the images, or set `resize: true` in the data set's entry."
            )
        image = image.resize((size, size), Image.Resampling.BILINEAR)
    return np.asarray(image).reshape(size, size, channels).transpose(2, 0, 1)


def _on_white(path: Path, image: Image.Image) -> Image.Image:
    """Lay an image on white where it is transparent; one that is not stays as it is."""
    if not image.has_transparency_data:
        return image
    image_with_alpha = image.convert("RGBA")
    if image_with_alpha.getchannel("A").getextrema() == (255, 255):
        return image
    background = Image.new("RGBA", image.size, "white")
    laid = Image.alpha_composite(background, image_with_alpha)
    if laid.tobytes() == background.tobytes():
        raise UserError(f"{path} is transparent and shows nothing on white: save it with an opaque background.")
    return laid
