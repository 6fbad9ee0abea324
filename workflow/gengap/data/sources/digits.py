"""Scikit-learn's handwritten digits: 1797 real 8×8 images that ship with the library, scaled up."""

import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits

from gengap.data.source_options import complete
from gengap.data.store import ImageDataset
from gengap.errors import UserError

_SIZE = 8
_INTENSITIES = 16  # pixel values are 0..16
_SPLIT_SEED = 0
_NOTE = (
    "Images of 8×8 pixels scaled up bilinearly: as vectors of pixels they have rank at most 64 in each "
    "channel, and equal channels; beyond that there is only what the rounding to whole grey levels adds "
    "(singular values below 2e-4 of the largest). Spectra of activations start from inputs poor in rank."
)


def read(options: Mapping[str, Any], root: Path) -> ImageDataset:
    """Read the digits at the size that a network expects.

    Args:
        options: `image_size` (pixels, at least 8), `channels` (1, or 3 equal ones), `test_fraction` (share of
            each class that is kept for testing; which images never changes).
        root: not used.

    Raises:
        UserError: an option is out of its range.
    """
    values = complete("digits", options, image_size=28, channels=1, test_fraction=0.2)
    size, channels, test_fraction = values["image_size"], values["channels"], values["test_fraction"]
    if size < _SIZE:
        raise UserError(f"The digits are {_SIZE}×{_SIZE} pixels and cannot shrink to `image_size` {size}.")
    if not 0 < test_fraction < 1:
        raise UserError(f"`test_fraction` of the digits must lie between 0 and 1, not be {test_fraction}.")
    digits = load_digits()
    images = upscale(torch.from_numpy(digits.images), size).repeat(1, channels, 1, 1)
    labels = torch.from_numpy(digits.target.astype(np.int64))
    test = torch.from_numpy(_test_mask(digits.target, test_fraction))
    return ImageDataset(
        train_images=images[~test],
        train_labels=labels[~test],
        test_images=images[test],
        test_labels=labels[test],
        classes=tuple(str(name) for name in digits.target_names),
        name="digits",
        source="scikit-learn's handwritten digits (from UCI's Optical Recognition of Handwritten Digits)",
        note=_NOTE,
    )


def upscale(images: torch.Tensor, size: int) -> torch.Tensor:
    """Scale images bilinearly and their values 0..16 to grey levels 0..255.

    Args:
        images: float64, N×8×8.
        size: height and width of the result in pixels.

    Returns:
        uint8, N×1×size×size. Halves of a grey level round up whatever the processor's last bit says, so
        that the file made from it is the same everywhere.
    """
    scaled = torch.nn.functional.interpolate(images[:, None], size=(size, size), mode="bilinear")
    return torch.floor(scaled * (255 / _INTENSITIES) + (0.5 + 1e-6)).to(torch.uint8)


def _test_mask(labels: np.ndarray, fraction: float) -> np.ndarray:
    """Mark a fixed random share of each class.

    Python promises that `random()` never changes for a seed; NumPy and PyTorch do not promise this of their
    permutations.
    """
    generator = random.Random(_SPLIT_SEED)
    keys = np.array([generator.random() for _ in labels])
    mask = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        chosen = members[np.argsort(keys[members])]
        mask[chosen[: round(fraction * len(members))]] = True
    return mask
