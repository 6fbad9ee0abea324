"""A user's own arrays in one NumPy `.npz` file."""

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from gengap.data.own_files import reason
from gengap.data.source_options import complete
from gengap.data.store import ImageDataset
from gengap.errors import UserError

_REQUIRED = ("train_images", "train_labels", "test_images", "test_labels")


def read(options: Mapping[str, Any], root: Path) -> ImageDataset:
    """Read the arrays `train_images`, `train_labels`, `test_images`, `test_labels` and, if there, `classes`.

    Images are N×H×W, N×H×W×C or N×C×H×W with one or three channels; uint8 is taken as it is, floating-point
    numbers must lie in [0, 1], but for half a grey level, and are rounded to grey levels 0..255. Labels are
    integers from 0, N or N×1, and each occurs in training. `classes` are their names; without it the labels name
    themselves. Other arrays are left aside. Python objects (pickles) inside the file are never loaded.

    Args:
        options: `path`, relative to the working directory or absolute.
        root: not used.

    Raises:
        UserError: the file or one of its arrays is unusable; the sentence names it.
    """
    path = Path(complete("npz", options, required=["path"])["path"])
    arrays = _read_arrays(path)
    train_labels, test_labels = (_labels(path, key, arrays[key]) for key in ("train_labels", "test_labels"))
    return ImageDataset(
        train_images=_images(path, "train_images", arrays["train_images"]),
        train_labels=train_labels,
        test_images=_images(path, "test_images", arrays["test_images"]),
        test_labels=test_labels,
        classes=_classes(path, arrays.get("classes"), train_labels, test_labels),
        name=path.stem,
        source=f"own arrays ({path.name})",
    )


def _read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read every array that is asked for, or say which one is missing or cannot be read."""
    if not path.is_file():
        raise UserError(f"The file {path} does not exist: correct the `path` of the data set's entry.")
    try:
        archive = np.load(path, allow_pickle=False)
    except OSError as error:
        raise UserError(f"{path} cannot be read ({reason(error)}): mend that, or correct the `path` of it.") from error
    # A damaged file can make NumPy and zipfile raise anything.
    except Exception as error:
        raise UserError(f"{path} is not a complete .npz file: write it again with numpy.savez.") from error
    if not isinstance(archive, np.lib.npyio.NpzFile):
        raise UserError(f"{path} holds a single array, not the named ones of an .npz file: use numpy.savez.")
    with archive:
        for key in _REQUIRED:
            if key not in archive:
                raise UserError(f"{path} has no array `{key}`: it needs {', '.join(_REQUIRED)}.")
        keys = [key for key in (*_REQUIRED, "classes") if key in archive]
        return {key: _read_array(path, archive, key) for key in keys}


def _read_array(path: Path, archive: Any, key: str) -> np.ndarray:
    try:
        array = archive[key]
    except Exception as error:
        # NumPy gives no exception of its own to an array of objects, only this text.
        if "Object arrays" in str(error):
            raise UserError(
                f"`{key}` in {path} is an array of Python objects, which is never loaded: "
                "make all its items one shape and type and save it again."
            ) from error
        # Damaged, encrypted, compressed by a method that zipfile does not know, or larger than the memory.
        raise UserError(
            f"`{key}` in {path} cannot be read ({reason(error)}): write the file again with numpy.savez."
        ) from error
    # What is no array in the archive comes back as its bytes.
    if not isinstance(array, np.ndarray):
        raise UserError(f"`{key}` in {path} is not a NumPy array: write the file again with numpy.savez.")
    return array


def _images(path: Path, key: str, array: np.ndarray) -> torch.Tensor:
    """Bring images to contiguous uint8, N×C×H×W."""
    return torch.from_numpy(np.ascontiguousarray(_grey_levels(path, key, _channels_first(path, key, array))))


def _channels_first(path: Path, key: str, array: np.ndarray) -> np.ndarray:
    if array.ndim == 3:
        return array[:, None]
    if array.ndim == 4:
        first, last = array.shape[1] in (1, 3), array.shape[3] in (1, 3)
        if first != last:
            return array if first else array.transpose(0, 3, 1, 2)
    raise UserError(
        f"`{key}` in {path} has the shape {array.shape}, expected N×H×W, N×H×W×C or N×C×H×W with 1 or 3 "
        "channels (and only one axis that can be them): reshape or crop the images."
    )


def _grey_levels(path: Path, key: str, array: np.ndarray) -> np.ndarray:
    if array.dtype == np.uint8:
        return array
    if not np.issubdtype(array.dtype, np.floating):
        raise UserError(f"`{key}` in {path} has the type {array.dtype}: convert grey levels 0..255 to uint8.")
    if not np.isfinite(array).all():
        raise UserError(f"`{key}` in {path} holds NaN or infinite values: remove or replace them.")
    # As Python's numbers, since float16 would overflow.
    low, high = (float(array.min()), float(array.max())) if array.size else (0.0, 0.0)
    if not (low * 255 > -0.5 and high * 255 < 255.5):
        raise UserError(
            f"`{key}` in {path} holds floating-point values from {low:g} to {high:g}, "
            "expected [0, 1]: scale them, or convert grey levels 0..255 to uint8."
        )
    # In float16 255.49 would be rounded to 255.5 first.
    return np.rint(array.astype(np.float64) * 255.0).astype(np.uint8)


def _labels(path: Path, key: str, array: np.ndarray) -> torch.Tensor:
    if not np.issubdtype(array.dtype, np.integer):
        raise UserError(
            f"`{key}` in {path} has the type {array.dtype}, expected integers that count from 0: convert them, "
            "and put names into `classes`."
        )
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise UserError(
            f"`{key}` in {path} has the shape {array.shape}, expected N or N×1, one class for each image: "
            "of one-hot rows save the argmax(axis=1)."
        )
    return torch.from_numpy(array.astype(np.int64))


def _classes(
    path: Path, names: np.ndarray | None, train_labels: torch.Tensor, test_labels: torch.Tensor
) -> tuple[str, ...]:
    """Names of the classes, each of which must occur in training: labels that count from 1 do not pass."""
    if names is None:
        labels = torch.cat((train_labels.flatten(), test_labels.flatten()))
        number = int(labels.max()) + 1 if labels.numel() else 0
    elif names.ndim == 1 and names.dtype.kind in "Uiu":
        number = len(names)
    else:
        raise UserError(
            f"`classes` in {path} must be one row of names (text), not {names.dtype} of shape {names.shape}."
        )
    seen = set(train_labels.flatten().tolist())
    absent = next(label for label in itertools.count() if label not in seen)
    if seen and absent < number:
        raise UserError(
            f"No training image in {path} has the label {absent}, of {number} classes: "
            "labels count from 0 and every class needs images."
        )
    return tuple(str(name) for name in (range(number) if names is None else names.tolist()))
