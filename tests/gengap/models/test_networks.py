"""The networks are those of the literature."""

import pytest
import torch
from torch import nn

from gengap.errors import UserError
from gengap.models.build import build_model, parameter_count
from gengap.models.layers import observed_modules, weight_layers

IMAGES = {"lenet5": (1, 28, 28), "f1": (1, 28, 28)}
IMAGES |= dict.fromkeys(["vgg16", "resnet56", "resnet44", "c1", "c2"], (3, 32, 32))
# Weights and biases of VGG-16's thirteen convolutions (Simonyan and Zisserman 2015, configuration D: 14.7 M), and their maps.
VGG, VGG_MAPS = 14_714_688, 2 * 64 + 2 * 128 + 3 * 256 + 6 * 512


def build(name, options, shape=None, classes=10):
    return build_model(name, shape or IMAGES[name], classes, options, seed=0)


@pytest.mark.parametrize(
    ("name", "normalization", "count"),
    [
        # The count of the 20-50-500-10 network, known from the pruning literature (and Caffe's LeNet).
        ("lenet5", "none", 431_080),
        # Gains and shifts in place of biases.
        ("lenet5", "batch", 431_080 + 20 + 50 + 500),
        # Five hidden layers of 512 units.
        ("f1", "batch", 784 * 512 + 4 * 512**2 + 5 * 2 * 512 + 512 * 10 + 10),
        # He et al. 2016, Table 6, give 0.85M; the count is that of public implementations with option A.
        ("resnet56", "batch", 853_018),
        ("resnet44", "batch", 658_586),
        ("vgg16", "none", VGG + 512 * 512 + 512 + 512 * 10 + 10),
        # Keskar's networks have biases before batch norm, too: 1.76 M and 14.99 M.
        ("c1", "batch", 1_757_834 - (64 + 64 + 384 + 192)),
        ("c2", "batch", VGG + VGG_MAPS + 512 * 512 + 2 * 512 + 512 * 10 + 10),
    ],
)
def test_networks_have_the_published_number_of_parameters(name, normalization, count, options):
    assert parameter_count(build(name, options | {"normalization": normalization})) == count


@pytest.mark.parametrize(
    ("name", "depth", "first", "last"),
    [
        ("lenet5", 4, ["conv1", "conv2"], ["fc1", "fc2"]),
        ("vgg16", 15, ["conv1_1", "conv1_2", "conv2_1"], ["conv5_3", "fc1", "fc2"]),
        ("resnet56", 56, ["conv1", "stage1.block1.conv1", "stage1.block1.conv2"], ["stage3.block9.conv2", "fc"]),
        ("resnet44", 44, ["conv1", "stage1.block1.conv1"], ["stage3.block7.conv2", "fc"]),
        ("f1", 6, ["fc1"], ["fc6"]),
        ("c1", 5, ["conv1", "conv2", "fc1"], ["fc2", "fc3"]),
        ("c2", 15, ["conv1_1", "conv1_2", "conv2_1"], ["conv5_3", "fc1", "fc2"]),
    ],
)
def test_layers_are_named_after_their_place(name, depth, first, last, options):
    names = list(weight_layers(build(name, options)))
    assert len(names) == depth
    assert (names[: len(first)], names[-len(last) :]) == (first, last)


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


@pytest.mark.parametrize("name", IMAGES)
def test_a_layer_has_batch_norm_with_the_options_constants_or_a_bias(name, options):
    plain = build(name, options | {"normalization": "none"})
    assert not any(isinstance(module, nn.modules.batchnorm._BatchNorm) for module in plain.modules())
    assert all(layer.linear_map.bias is not None for layer in weight_layers(plain).values())
    constants = {"batch_norm_momentum": 0.3, "batch_norm_epsilon": 0.01}
    *hidden, output = weight_layers(build(name, options | constants)).values()
    assert all(layer.linear_map.bias is None for layer in hidden)
    assert {(layer.norm.momentum, layer.norm.eps) for layer in hidden} == {(0.3, 0.01)}
    assert output.linear_map.bias is not None
    assert isinstance(output.norm, nn.Identity)


@pytest.mark.parametrize(
    ("name", "pooling", "affine"), [*((name, "average", True) for name in IMAGES), ("lenet5", "max", False)]
)
def test_a_linear_network_is_affine_unless_it_pools_by_maxima(name, pooling, affine, options):
    model = build(name, options | {"activation": "identity", "pooling": pooling, "width": 0.2}).eval().double()
    first, second = torch.randn(2, 1, *IMAGES[name], dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(model((first + second) / 2), (model(first) + model(second)) / 2) == affine


@pytest.mark.parametrize("width", [0.001, 0.5, 2])
def test_width_scales_hidden_layers_and_leaves_the_output_layer(width, options):
    layers = weight_layers(build("lenet5", options | {"width": width}, classes=7))
    widths = [layer.linear_map.weight.shape[0] for layer in layers.values()]
    assert widths == [max(1, round(hidden * width)) for hidden in (20, 50, 500)] + [7]


@pytest.mark.parametrize(
    ("name", "size"), [("lenet5", 16), ("vgg16", 32), ("resnet56", 4), ("resnet44", 4), ("c2", 32)]
)
def test_the_smallest_images(name, size, options):
    model = build(name, options | {"width": 0.1}, shape=(3, size, size), classes=4).eval()
    assert model(torch.zeros(2, 3, size, size)).shape == (2, 4)
    with pytest.raises(UserError, match=rf"{name} needs images of at least {size}×{size} pixels"):
        build(name, options, shape=(3, size - 1, size - 1))


def test_odd_sizes_pass_through_the_shortcuts_and_images_must_be_square(options):
    model = build("resnet56", options | {"width": 0.1}, shape=(1, 27, 27)).eval()
    assert model(torch.zeros(1, 1, 27, 27)).shape == (1, 10)
    with pytest.raises(UserError, match="square images.*28×32"):
        build("lenet5", options, shape=(1, 28, 32))


def test_the_option_a_shortcut_subsamples_and_pads_with_zeros(options):
    block = build("resnet56", options).stage2.block1
    images = torch.arange(2 * 16 * 6 * 6, dtype=torch.float32).reshape(2, 16, 6, 6)
    result = block.shortcut(images)
    assert result.shape == (2, 32, 3, 3)
    assert torch.equal(result[:, :16], images[:, :, ::2, ::2])
    assert not result[:, 16:].any()


def test_dropout_is_where_keskars_networks_have_it(options):
    """Between the convolutions of a stage, and before and after the hidden fully connected layer."""
    layers = [list(build(name, options | {"width": 0.1}).named_children()) for name in ("c1", "c2")]
    c1, c2 = ([(i, one[i + 1][0], m.p) for i, (_, m) in enumerate(one) if isinstance(m, nn.Dropout)] for one in layers)
    assert c1 == [(6, "fc2", 0.5), (8, "fc3", 0.5)]
    later = [f"conv{stage}_{layer}" for stage in (3, 4, 5) for layer in (2, 3)]
    assert [part[1:] for part in c2] == list(
        zip(["conv1_2", "conv2_2", *later, "fc1", "fc2"], [0.3] + [0.4] * 7 + [0.5] * 2, strict=True)
    )
