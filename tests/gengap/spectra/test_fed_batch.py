"""All networks are fed the same images."""

import pytest
import torch

from gengap.errors import UserError
from gengap.spectra.fed_batch import fed_batch, fed_order


def test_the_order_is_a_permutation_that_mixes_a_training_set_sorted_by_class():
    order = fed_order(10_000)
    assert sorted(order.tolist()) == list(range(10_000))
    assert abs((order[:1000] < 5000).float().mean() - 0.5) < 0.08  # five standard deviations


def test_smaller_batches_are_part_of_larger_ones():
    images = torch.arange(300).view(300, 1, 1, 1)
    assert torch.equal(fed_batch(images, 200)[:50], fed_batch(images, 50))
    assert len(fed_batch(images, 200).unique()) == 200


def test_the_global_random_state_neither_matters_nor_changes():
    torch.manual_seed(1)
    state = torch.get_rng_state()
    first = fed_order(100)
    assert torch.equal(torch.get_rng_state(), state)
    torch.manual_seed(2)
    assert torch.equal(fed_order(100), first)


def test_a_batch_larger_than_the_training_set_is_refused_in_one_sentence():
    with pytest.raises(UserError, match=r"batch of 512 images, but the training set has 300; lower"):
        fed_batch(torch.zeros(300, 1, 4, 4), 512)
