"""All networks are fed the same images."""

import torch

from gengap.spectra.fed_batch import fed_batch, fed_order


def test_the_order_is_a_permutation_that_mixes_a_training_set_sorted_by_class():
    order = fed_order(10_000)
    assert sorted(order.tolist()) == list(range(10_000))
    assert abs((order[:1000] < 5000).float().mean() - 0.5) < 0.08  # five standard deviations


def test_smaller_batches_are_part_of_larger_ones():
    images = torch.arange(300).view(300, 1, 1, 1)
    assert torch.equal(fed_batch(images, 200)[:50], fed_batch(images, 50))
    assert len(fed_batch(images, 200).unique()) == 200
