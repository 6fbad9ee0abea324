"""What is measured is the output of each weight layer after batch norm and non-linearity, in forward order."""

import copy

import pytest
import torch
from torch.nn import functional

from gengap.models.build import build_model
from gengap.models.layers import observed_modules, weight_layers
from gengap.spectra.activations import measuring_copy, visit_activations

LAYERS = {"conv1": "conv", "conv2": "conv", "fc1": "linear", "fc2": "linear"}


def visited(model, images, modules=None):
    outputs = {}
    visit_activations(model, images, lambda name, kind, output: outputs.update({name: (kind, output)}), modules)
    return outputs


@pytest.fixture
def images(generator):
    return torch.randn(40, 1, 16, 16, dtype=torch.float64, generator=generator)


@pytest.fixture
def lenet(model, images):
    model.train()(images.float())  # statistics away from 0 and 1
    return measuring_copy(model, "cpu")


def batch_norm(layer, inputs):
    norm = layer.norm
    return functional.batch_norm(inputs, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=norm.eps)


def test_lenet_step_by_step(lenet, images):
    state = copy.deepcopy(lenet.state_dict())
    outputs = visited(lenet, images)
    assert {name: kind for name, (kind, _) in outputs.items()} == LAYERS
    torch.testing.assert_close(lenet.state_dict(), state, rtol=0, atol=0)
    expected = images
    for name in ("conv1", "conv2"):
        layer = getattr(lenet, name)
        patches = functional.unfold(expected, 5)
        side = expected.shape[-1] - 4
        maps = (layer.linear_map.weight.flatten(1) @ patches).unflatten(-1, (side, side))
        expected = batch_norm(layer, maps).clamp(min=0)
        torch.testing.assert_close(outputs[name][1], expected, rtol=1e-12, atol=1e-12)
        expected = functional.max_pool2d(expected, 2)
    expected = batch_norm(lenet.fc1, expected.flatten(1) @ lenet.fc1.linear_map.weight.mT).clamp(min=0)
    torch.testing.assert_close(outputs["fc1"][1], expected, rtol=1e-12, atol=1e-12)
    logits = expected @ lenet.fc2.linear_map.weight.mT + lenet.fc2.linear_map.bias
    torch.testing.assert_close(outputs["fc2"][1], logits, rtol=1e-12, atol=1e-12)


def test_a_measuring_copy_is_float64_in_evaluation_mode_and_the_model_stays(model):
    copied = measuring_copy(model.train(), "cpu")
    for network, training, dtype in ((copied, False, torch.float64), (model, True, torch.float32)):
        assert {module.training for module in network.modules()} == {training}
        assert {tensor.dtype for tensor in network.parameters()} == {dtype}
    assert torch.equal(copied.conv1.linear_map.weight.float(), model.conv1.linear_map.weight)


def test_nothing_is_left_on_the_model_and_training_mode_is_refused(lenet, images):
    def fail(name, kind, output):
        raise RuntimeError("the visitor failed")

    with pytest.raises(RuntimeError, match="the visitor failed"):
        visit_activations(lenet, images, fail)
    assert not any(module._forward_hooks for module in lenet.modules())
    assert not any("forward" in vars(module) for module in lenet.modules())
    with pytest.raises(ValueError, match="evaluation mode"):
        visit_activations(lenet.train(), images, fail)


@pytest.mark.parametrize("default", [True, False], ids=["after the addition", "before it"])
def test_the_last_layer_of_a_residual_block_is_taken_where_asked(default, model_options, generator):
    model = measuring_copy(build_model("resnet56", (3, 8, 8), 10, model_options(width=0.25), 0), "cpu")
    images = torch.randn(5, 3, 8, 8, dtype=torch.float64, generator=generator)
    outputs = visited(model, images, None if default else observed_modules(model, "before_addition"))
    assert list(outputs) == list(weight_layers(model))
    block = model.stage1.block1
    before = batch_norm(block.conv2, block.conv2.linear_map(outputs["stage1.block1.conv1"][1]))
    expected = (before + outputs["conv1"][1]).clamp(min=0) if default else before
    torch.testing.assert_close(outputs["stage1.block1.conv2"][1], expected, rtol=1e-12, atol=1e-12)
