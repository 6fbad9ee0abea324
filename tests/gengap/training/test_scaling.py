"""Inputs are scaled with constants of the training set."""

import numpy as np
import pytest
import torch

from gengap.training.scaling import input_scaling


@pytest.fixture
def images():
    random = np.random.default_rng(0)
    return random.integers(0, 256, (50, 3, 9, 9), dtype=np.uint8) // np.array([1, 2, 5], dtype=np.uint8)[:, None, None]


def test_standardize_matches_numpy_and_uses_the_training_set_for_other_images(images):
    train, original = images[:25], torch.from_numpy(images.copy())
    scaled = input_scaling("standardize", original[:25])(original)
    expected = (images - train.mean((0, 2, 3), keepdims=True)) / train.std((0, 2, 3), keepdims=True)
    np.testing.assert_allclose(scaled.numpy(), expected, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(original.numpy(), images)


@pytest.mark.parametrize(("kind", "offset", "divisor"), [("unit", 0, 255), ("symmetric", 127.5, 127.5), ("none", 0, 1)])
def test_scalings_without_statistics(kind, offset, divisor, images):
    original = torch.from_numpy(images)
    scaled = input_scaling(kind, original).to(torch.device("cpu"), torch.float32)(original)
    assert scaled.dtype == torch.float32
    expected = (images.astype(np.float32) - np.float32(offset)) / np.float32(divisor)
    np.testing.assert_array_equal(scaled.numpy(), expected)


def test_a_constant_channel_becomes_zero():
    images = torch.full((4, 1, 3, 3), 17, dtype=torch.uint8)
    assert torch.equal(input_scaling("standardize", images)(images), torch.zeros(4, 1, 3, 3, dtype=torch.float64))
