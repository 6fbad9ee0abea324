"""Scikit-learn's digits, enlarged: what they are, by scikit-learn, Pillow and linear algebra."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from gengap.data.sources import digits

ROOT = Path("unused")


def pixels(images):
    """Images as rows, float64."""
    return images.flatten(1).numpy().astype(np.float64)


@pytest.mark.parametrize(("size", "channels"), [(8, 1), (28, 1), (32, 3)])
def test_the_data_set_has_the_asked_shape(size, channels):
    dataset = digits.read({"image_size": size, "channels": channels}, ROOT)
    dataset.validate()
    assert dataset.train_images.shape[1:] == (channels, size, size)
    assert len(dataset.train_images) + len(dataset.test_images) == 1797
    assert dataset.classes == tuple("0123456789")
    assert (dataset.train_images == dataset.train_images[:, :1]).all()


def test_images_are_scaled_as_pillow_scales_them():
    original = load_digits().images
    scaled = digits.upscale(torch.from_numpy(original), 28)[:, 0].numpy()
    for image, result in zip(original[:100], scaled[:100], strict=True):
        exact = Image.fromarray((image * 255 / 16).astype(np.float32)).resize((28, 28), Image.Resampling.BILINEAR)
        assert np.abs(np.asarray(exact) - result).max() <= 0.5 + 1e-4


def test_every_intensity_becomes_one_grey_level_at_every_size():
    images = torch.arange(17.0, dtype=torch.float64)[:, None, None].expand(17, 8, 8)
    # 255 k / 16 rounded, halves (k = 8) upwards.
    levels = [0, 16, 32, 48, 64, 80, 96, 112, 128, 143, 159, 175, 191, 207, 223, 239, 255]
    for size in (8, 28, 32, 45):
        assert digits.upscale(images, size).flatten(1).unique(dim=1).flatten().tolist() == levels


def test_beyond_rank_64_there_is_only_rounding():
    matrix = pixels(digits.read({"image_size": 28}, ROOT).train_images)
    values = np.linalg.svd(matrix, compute_uv=False)
    # Weyl: rounding by at most half a level moves a singular value by at most the norm of that error.
    assert values[64] <= min(0.5 * np.sqrt(matrix.size), 2e-4 * values[0])


def test_every_image_lies_in_one_split_with_its_label_and_each_class_is_split_by_the_fraction():
    dataset, original = digits.read({"image_size": 8, "test_fraction": 0.3}, ROOT), load_digits()
    images = np.concatenate([pixels(dataset.train_images), pixels(dataset.test_images)])
    found = np.column_stack([images, np.concatenate([dataset.train_labels, dataset.test_labels])])
    wanted = np.column_stack([np.floor(original.data * 255 / 16 + 0.5), original.target])
    assert (found[np.lexsort(found.T)] == wanted[np.lexsort(wanted.T)]).all()
    assert (np.abs(np.bincount(dataset.test_labels) - 0.3 * np.bincount(original.target)) <= 0.5).all()


def test_the_split_never_changes_and_knows_neither_size_nor_channels():
    small, large = digits.read({"image_size": 8}, ROOT), digits.read({"image_size": 32, "channels": 3}, ROOT)
    assert torch.equal(small.test_labels, large.test_labels)
    # Where load_digits holds the first three test images, by the promise of Python's random().
    original = torch.from_numpy(np.floor(load_digits().data * 255 / 16 + 0.5))
    where = [int((original == image).all(dim=1).nonzero()[0]) for image in small.test_images[:3].flatten(1)]
    assert where == [3, 25, 35]
