"""Shuffling, crops and flips have the right law and keep images with their labels."""

import numpy as np
import pytest
import torch
from scipy import stats

from gengap.training.augment import TrainingImages, draw_epoch
from gengap.training.scaling import input_scaling

CPU = torch.device("cpu")
COUNT = 20_000


@pytest.fixture(scope="module")
def draws():
    return draw_epoch(seed=0, epoch=0, images=COUNT, augmentation="crop_flip").numpy()


def test_the_order_is_random_and_draws_do_not_depend_on_the_image(draws):
    # Spearman's correlation of a random permutation has standard deviation 1/sqrt(n - 1) = 0.007.
    for column in (np.arange(COUNT), *draws.T[1:]):
        assert abs(stats.spearmanr(draws[:, 0], column).statistic) < 0.03


def test_crops_are_uniform_and_half_of_the_images_are_mirrored_whatever_their_crop(draws):
    for values, positions in ((draws[:, 1] * 9 + draws[:, 2], 81), (draws[:, 3], 2)):
        assert stats.chisquare(np.bincount(values, minlength=positions)).pvalue > 1e-3
    assert stats.chi2_contingency(stats.contingency.crosstab(draws[:, 1], draws[:, 3]).count).pvalue > 1e-3


def test_each_image_comes_once_an_epoch(draws):
    assert sorted(draws[:, 0]) == list(range(COUNT))
    assert sorted(draw_epoch(3, 5, 77, "none")[:, 0].tolist()) == list(range(77))


@pytest.mark.parametrize("other", [(0, 1), (1, 0)])
def test_epochs_and_seeds_draw_anew_and_independently(other, draws):
    again = draw_epoch(*other, COUNT, "crop_flip").numpy()
    assert abs(stats.spearmanr(np.argsort(draws[:, 0]), np.argsort(again[:, 0])).statistic) < 0.03
    by_image = draws[np.argsort(draws[:, 0])], again[np.argsort(again[:, 0])]
    agreement = np.mean(by_image[0][:, 3] == by_image[1][:, 3])
    assert abs(agreement - 0.5) < 0.02


def test_seed_and_epoch_fix_the_draws_and_augmentation_leaves_the_order_alone():
    torch.manual_seed(1)
    first = draw_epoch(7, 3, 100, "crop_flip")
    torch.manual_seed(2)
    assert torch.equal(first, draw_epoch(7, 3, 100, "crop_flip"))
    assert torch.equal(first[:, 0], draw_epoch(7, 3, 100, "none")[:, 0])


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize(
    ("augmentation", "padding", "fill"), [("crop_flip", 4, 0), ("crop_flip", 2, 127), ("none", 0, 0)]
)
def test_batches_match_one_image_at_a_time(augmentation, padding, fill, memory_format):
    images = np.random.default_rng(0).integers(0, 256, (60, 3, 7, 6), dtype=np.uint8)
    scaling = input_scaling("unit", torch.from_numpy(images)).to(CPU, torch.float32)
    batches = TrainingImages(
        torch.from_numpy(images), torch.arange(60), scaling, augmentation, CPU, memory_format, padding, fill
    )
    draws = draw_epoch(0, 0, 60, augmentation, padding)[10:50]
    inputs, targets = batches.batch(draws)
    for image, (index, *drawn) in zip(inputs, draws.tolist(), strict=True):
        top, left, mirrored = drawn or (0, 0, 0)
        padded = np.pad(images[index], ((0, 0), (padding, padding), (padding, padding)), constant_values=fill)
        crop = padded[:, top : top + 7, left : left + 6].astype(np.float32) / 255
        np.testing.assert_array_equal(image, crop[:, :, ::-1] if mirrored else crop)
    assert inputs.is_contiguous(memory_format=memory_format)
    # The label is the image's number: images and labels stay together.
    assert torch.equal(targets, draws[:, 0])
