"""The networks are those of the literature."""

import pytest
import torch
from torch import nn

from gengap.errors import UserError
from gengap.models.build import build_model, parameter_count
from gengap.models.layers import observed_modules, weight_layers

IMAGES = {"lenet5": (1, 28, 28), "vgg16": (3, 32, 32), "resnet56": (3, 32, 32), "f1": (1, 28, 28)}


def build(name, options, shape=None, classes=10, seed=0):
    return build_model(name, shape or IMAGES[name], classes, options, seed)


def test_lenet5_has_the_published_number_of_parameters(options):
    # The count of the 20-50-500-10 network, known from the pruning literature (and Caffe's LeNet).
    assert parameter_count(build("lenet5", options | {"normalization": "none"})) == 431_080


def test_lenet5_with_batch_norm_exchanges_biases_for_gains_and_shifts(options):
    assert parameter_count(build("lenet5", options)) == 431_080 + 20 + 50 + 500


def test_f1_has_five_hidden_layers_of_512_units(options):
    # Biases before batch norm left out, its gains and shifts counted.
    assert parameter_count(build("f1", options)) == 784 * 512 + 4 * 512**2 + 5 * 2 * 512 + 512 * 10 + 10 == 1_460_234


def test_resnet56_has_the_published_number_of_parameters(options):
    # He et al. 2016, Table 6, give 0.85M; the count is that of public implementations with option A.
    assert parameter_count(build("resnet56", options)) == 853_018


def test_vgg16_has_the_published_number_of_convolution_weights(options):
    model = build("vgg16", options | {"normalization": "none"})
    convolutions = [layer for name, layer in weight_layers(model).items() if name.startswith("conv")]
    # Simonyan and Zisserman 2015, configuration D: 14.7 M in the thirteen convolutions, biases included.
    assert sum(parameter_count(layer) for layer in convolutions) == 14_714_688
    assert parameter_count(model) == 14_714_688 + 512 * 512 + 512 + 512 * 10 + 10


@pytest.mark.parametrize(("name", "depth"), [("lenet5", 4), ("vgg16", 15), ("resnet56", 56), ("f1", 6)])
def test_depth(name, depth, options):
    assert len(weight_layers(build(name, options))) == depth


def test_layers_are_named_after_their_place(options):
    assert list(weight_layers(build("lenet5", options))) == ["conv1", "conv2", "fc1", "fc2"]
    vgg = list(weight_layers(build("vgg16", options)))
    assert vgg[:3] == ["conv1_1", "conv1_2", "conv2_1"]
    assert vgg[-3:] == ["conv5_3", "fc1", "fc2"]
    resnet = list(weight_layers(build("resnet56", options)))
    assert resnet[:3] == ["conv1", "stage1.block1.conv1", "stage1.block1.conv2"]
    assert resnet[-2:] == ["stage3.block9.conv2", "fc"]


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize("residual", ["after_addition", "before_addition"])
def test_layers_are_listed_in_the_order_of_the_forward_pass(name, residual, options):
    model = build(name, options | {"width": 0.1}).eval()
    visited = []
    observed = observed_modules(model, residual)
    for layer, module in observed.items():
        module.register_forward_hook(lambda *_, layer=layer: visited.append(layer))
    model(torch.zeros(1, *IMAGES[name]))
    assert visited == list(observed) == list(weight_layers(model))


def test_a_residual_layer_is_observed_before_or_after_the_addition(options):
    model = build("resnet56", options | {"width": 0.25}).eval()
    block = model.stage1.block1
    seen = {}
    for place in ("after_addition", "before_addition"):
        observed_modules(model, place)["stage1.block1.conv2"].register_forward_hook(
            lambda _module, _inputs, output, place=place: seen.update({place: output})
        )
    block.register_forward_pre_hook(lambda _module, inputs: seen.update(inputs=inputs[0]))
    model(torch.randn(2, 3, 32, 32, generator=torch.Generator().manual_seed(1)))
    torch.testing.assert_close(seen["after_addition"], torch.relu(seen["before_addition"] + seen["inputs"]))
    assert (seen["before_addition"] < 0).any()


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("lenet5", {"conv1": (20, 24, 24), "conv2": (50, 8, 8), "fc1": (500,), "fc2": (10,)}),
        ("vgg16", {"conv1_2": (64, 32, 32), "conv3_1": (256, 8, 8), "conv5_3": (512, 2, 2), "fc1": (512,)}),
        ("resnet56", {"conv1": (16, 32, 32), "stage2.block1.conv1": (32, 16, 16), "stage3.block9.conv2": (64, 8, 8)}),
    ],
)
def test_outputs_are_observed_before_pooling(name, shapes, options):
    model = build(name, options).eval()
    seen = {}
    for layer, module in observed_modules(model).items():
        module.register_forward_hook(
            lambda _module, _inputs, output, layer=layer: seen.update({layer: tuple(output.shape[1:])})
        )
    model(torch.zeros(1, *IMAGES[name]))
    assert shapes.items() <= seen.items()


@pytest.mark.parametrize("name", IMAGES)
def test_without_normalization_there_is_no_batch_norm_and_every_layer_has_a_bias(name, options):
    model = build(name, options | {"normalization": "none"})
    assert not any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in model.modules())
    assert all(layer.linear_map.bias is not None for layer in weight_layers(model).values())


@pytest.mark.parametrize("name", IMAGES)
def test_with_batch_norm_only_the_output_layer_has_a_bias(name, options):
    layers = weight_layers(build(name, options))
    *hidden, output = layers.values()
    assert all(layer.linear_map.bias is None for layer in hidden)
    assert output.linear_map.bias is not None
    assert isinstance(output.norm, nn.Identity)


def test_batch_norm_takes_its_constants_from_the_options(options):
    model = build("lenet5", options | {"batch_norm_momentum": 0.3, "batch_norm_epsilon": 0.01})
    assert {(layer.norm.momentum, layer.norm.eps) for layer in list(weight_layers(model).values())[:-1]} == {
        (0.3, 0.01)
    }


@pytest.mark.parametrize("name", IMAGES)
def test_a_linear_network_with_average_pooling_is_affine(name, options):
    model = build(name, options | {"activation": "identity", "pooling": "average", "width": 0.2}).eval().double()
    first, second = torch.randn(2, 1, *IMAGES[name], dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    middle = model((first + second) / 2)
    torch.testing.assert_close(middle, (model(first) + model(second)) / 2)


def test_a_linear_network_with_max_pooling_is_not_affine(options):
    model = build("lenet5", options | {"activation": "identity"}).eval().double()
    first, second = torch.randn(2, 1, 1, 28, 28, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert not torch.allclose(model((first + second) / 2), (model(first) + model(second)) / 2)


@pytest.mark.parametrize("width", [0.001, 0.5, 2])
def test_width_scales_hidden_layers_and_leaves_the_output_layer(width, options):
    layers = weight_layers(build("lenet5", options | {"width": width}, classes=7))
    widths = [layer.linear_map.weight.shape[0] for layer in layers.values()]
    assert widths == [max(1, round(hidden * width)) for hidden in (20, 50, 500)] + [7]


@pytest.mark.parametrize(("name", "size"), [("lenet5", 16), ("vgg16", 32), ("resnet56", 4)])
def test_the_smallest_images(name, size, options):
    model = build(name, options | {"width": 0.1}, shape=(3, size, size), classes=4).eval()
    assert model(torch.zeros(2, 3, size, size)).shape == (2, 4)
    with pytest.raises(UserError, match=rf"{name} needs images of at least {size}×{size} pixels"):
        build(name, options, shape=(3, size - 1, size - 1))


def test_odd_sizes_pass_through_the_shortcuts(options):
    model = build("resnet56", options | {"width": 0.1}, shape=(1, 27, 27)).eval()
    assert model(torch.zeros(1, 1, 27, 27)).shape == (1, 10)


def test_images_must_be_square(options):
    with pytest.raises(UserError, match="square images.*28×32"):
        build("lenet5", options, shape=(1, 28, 32))


def test_the_option_a_shortcut_subsamples_and_pads_with_zeros(options):
    block = build("resnet56", options).stage2.block1
    images = torch.arange(2 * 16 * 6 * 6, dtype=torch.float32).reshape(2, 16, 6, 6)
    result = block.shortcut(images)
    assert result.shape == (2, 32, 3, 3)
    assert torch.equal(result[:, :16], images[:, :, ::2, ::2])
    assert not result[:, 16:].any()
