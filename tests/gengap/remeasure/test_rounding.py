"""Counts under simulated precisions: the rounding itself, and what it does to a rank that is exact."""

import copy

import numpy as np
import pytest
import torch

from gengap.errors import UserError
from gengap.models.build import build_model
from gengap.remeasure.rounding import PRECISIONS, precision_counts, to_bf16, to_tf32
from gengap.training.scaling import input_scaling


def rounded(values, bits):
    """Round to nearest, ties to even, with that many explicit bits, by arithmetic instead of bit patterns."""
    mantissa, exponent = np.frexp(values.astype(np.float64))
    return np.ldexp(np.round(np.ldexp(mantissa, bits + 1)), exponent - bits - 1)


@pytest.mark.parametrize(("function", "bits"), [(to_tf32, 10), (to_bf16, 7)])
def test_rounding_keeps_the_stated_number_of_bits(function, bits):
    generator = np.random.default_rng(0)
    values = (generator.standard_normal(20000) * 10.0 ** generator.uniform(-20, 20, 20000)).astype(np.float32)
    ties = (1 + (2 * np.arange(40) + 1) * 2.0 ** -(bits + 1)).astype(np.float32)
    values = np.concatenate([values, ties, -ties, [0.0]])
    assert np.array_equal(function(torch.from_numpy(values.astype(np.float32))).numpy(), rounded(values, bits))


@pytest.fixture(scope="module")
def model(model_options):
    """A linear network without batch norm, narrow and of mean pooling."""
    options = model_options(normalization="none", activation="identity", pooling="average", width=0.3)
    return build_model("lenet5", (1, 16, 16), 10, options, seed=0)


@pytest.fixture(scope="module")
def linear_counts(model):
    """A linear network of 16×16 images: its first layer cannot exceed rank 257, fed 330 images."""
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (400, 1, 16, 16), generator=generator, dtype=torch.uint8)
    before = [parameter.clone() for parameter in model.parameters()]
    scaling = input_scaling("standardize", images)
    table = precision_counts(model, images, scaling, 330, [1e-4, 1e-5], torch.device("cpu"))
    assert all(torch.equal(one, other) for one, other in zip(before, model.parameters(), strict=True))
    return table


def thin_counts(counts, threshold):
    return counts[(counts["convention"] == "thin") & (counts["threshold"] == threshold)].set_index("precision")


def test_float64_counts_the_zeros_that_ranks_force_and_bfloat16_none(linear_counts):
    thin = thin_counts(linear_counts, 1e-4)
    assert list(thin.index) == list(PRECISIONS)
    (floor,) = set(thin["rank_floor"])
    assert thin["count"]["float64"] >= floor > 0
    assert thin["count"]["bf16"] == 0


def test_a_float32_decomposition_hides_zeros_that_a_float64_one_of_the_same_activations_finds(linear_counts):
    counts = thin_counts(linear_counts, 1e-5)["count"]
    assert counts["float32_svd"] < counts["float32"]


def test_a_network_that_diverged_has_no_counts(model):
    broken = copy.deepcopy(model)
    next(iter(broken.parameters())).data.fill_(torch.nan)
    images = torch.randint(0, 256, (20, 1, 16, 16), dtype=torch.uint8)
    counts = precision_counts(broken, images, input_scaling("unit", images), 20, [1e-4], torch.device("cpu"))
    assert counts["count"].isna().all()


def test_a_batch_larger_than_the_training_set_is_refused(model):
    images = torch.zeros(10, 1, 16, 16, dtype=torch.uint8)
    with pytest.raises(UserError, match="`audit.fed_batch_size` is 11, but the training set has 10 images"):
        precision_counts(model, images, input_scaling("unit", images), 11, [1e-4], torch.device("cpu"))
