"""Untrained networks get the batch-norm statistics of their own activations."""

import copy

import numpy as np
import pytest
import torch

from gengap.errors import UserError
from gengap.models.build import build_model
from gengap.spectra.calibration import calibrate_batch_norm
from gengap.training.scaling import input_scaling


def calibrate(model, images, batch_size):
    calibrate_batch_norm(model, images, input_scaling("standardize", images), batch_size, "cpu")


@pytest.mark.parametrize("batch_size", [160, 318])
def test_statistics_of_the_first_layer_are_those_of_the_training_set(batch_size, model, images):
    """In two batches of 160 images: a second one of two images would weigh as much as a first one of 318."""
    calibrate(model, images, batch_size)
    grey = images.double().numpy()
    scaled = torch.from_numpy((grey - grey.mean()) / grey.std())
    outputs = torch.nn.functional.conv2d(scaled, model.conv1.linear_map.weight.double()).detach().numpy()
    # Their means average to the mean, and their variances to a little less than it.
    np.testing.assert_allclose(model.conv1.norm.running_mean, outputs.mean((0, 2, 3)), atol=1e-5)
    np.testing.assert_allclose(model.conv1.norm.running_var, outputs.var((0, 2, 3)), rtol=5e-3)


def test_only_statistics_change_and_earlier_ones_are_forgotten(model, images):
    before = {name: tensor.clone() for name, tensor in model.named_parameters()}
    calibrate(model, images, 64)
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.named_parameters())
    assert model.conv1.norm.momentum == 0.1
    assert not any(module.training for module in model.modules())
    expected = model.fc1.norm.running_var.clone()
    model.fc1.norm.running_var.fill_(1e6)
    model.conv1.norm.running_mean.fill_(-50)
    calibrate(model, images, 64)
    assert torch.equal(model.fc1.norm.running_var, expected)


def test_networks_without_batch_norm_stay_as_they_are(images, model_options):
    model = build_model("lenet5", (1, 16, 16), 10, model_options(normalization="none"), 0)
    before = copy.deepcopy(model.state_dict())
    calibrate(model, images, 64)
    torch.testing.assert_close(model.state_dict(), before, rtol=0, atol=0)


def test_batches_of_one_image_are_refused_in_one_sentence(model, images):
    with pytest.raises(UserError, match="calibration_batch_size"):
        calibrate(model, images, 1)
