"""The batch of training images that every network is fed."""

import hashlib

import torch
from torch import Tensor

from gengap.errors import UserError


def fed_batch(train_images: Tensor, size: int) -> Tensor:
    """The first `size` images of a fixed permutation of the training set.

    All networks are fed the same images, a smaller batch is part of a larger one, and the permutation depends
    on the number of images alone: it sorts their indices by SHA-256, which no library's version changes.

    Args:
        train_images: N×C×H×W.
        size: number of images.

    Raises:
        UserError: the training set is smaller than the batch.
    """
    if size > len(train_images):
        raise UserError(
            f"A spectrum is to be measured on a batch of {size} images, but the training set has {len(train_images)};"
            " lower `spectra.fed_batch_sizes` or the experiment's `batch_sizes`."
        )
    return train_images[fed_order(len(train_images))[:size]]


def fed_order(count: int) -> Tensor:
    """The permutation of 0 ... count - 1 from which fed batches are taken, int64."""
    return torch.tensor(sorted(range(count), key=lambda index: hashlib.sha256(str(index).encode()).digest()))
