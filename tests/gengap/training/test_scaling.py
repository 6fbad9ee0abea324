"""Inputs are scaled with constants of the training set."""

import numpy as np
import pytest
import torch

from gengap.training.scaling import input_scaling


@pytest.fixture
def images():
    random = np.random.default_rng(0)
    return random.integers(0, 256, (50, 3, 9, 9), dtype=np.uint8) // np.array([1, 2, 5], dtype=np.uint8)[:, None, None]


def test_standardize_matches_numpy(images):
    scaling = input_scaling("standardize", torch.from_numpy(images))
    expected = (images - images.mean((0, 2, 3), keepdims=True)) / images.std((0, 2, 3), keepdims=True)
    np.testing.assert_allclose(scaling(torch.from_numpy(images)).numpy(), expected, rtol=1e-12, atol=1e-12)


def test_standardize_uses_the_training_set_for_other_images(images):
    scaling = input_scaling("standardize", torch.from_numpy(images[:25]))
    train, other = images[:25], images[25:]
    expected = (other - train.mean((0, 2, 3), keepdims=True)) / train.std((0, 2, 3), keepdims=True)
    np.testing.assert_allclose(scaling(torch.from_numpy(other)).numpy(), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("kind", "divisor"), [("unit", 255), ("none", 1)])
def test_unit_and_none(kind, divisor, images):
    scaled = input_scaling(kind, torch.from_numpy(images)).to(torch.device("cpu"), torch.float32)(
        torch.from_numpy(images)
    )
    assert scaled.dtype == torch.float32
    np.testing.assert_array_equal(scaled.numpy(), images.astype(np.float32) / np.float32(divisor))


def test_a_constant_channel_becomes_zero():
    images = torch.full((4, 1, 3, 3), 17, dtype=torch.uint8)
    assert torch.equal(input_scaling("standardize", images)(images), torch.zeros(4, 1, 3, 3, dtype=torch.float64))


def test_the_images_are_left_alone(images):
    original = torch.from_numpy(images.copy())
    input_scaling("standardize", original)(original)
    np.testing.assert_array_equal(original.numpy(), images)
