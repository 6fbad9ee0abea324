"""Asserts that the fused kernels in Triton's interpreter compute what PyTorch computes in float64.

A process of its own, since Triton reads TRITON_INTERPRET when it is imported.
"""

import copy
import os

os.environ["TRITON_INTERPRET"] = "1"

import torch
from torch import nn
from torch.nn import functional

from gengap.training import fused_batch_norm as module
from gengap.training.fused_batch_norm import FusedBatchNorm

ODD_SIZES = (3, 7, 5, 9)
SHAPES = [
    (4, 20, 6, 6),  # few channels
    ODD_SIZES,
    (4, 1, 5, 5),  # one channel
    (2, 70, 4, 4),  # more channels than a tile
    (30, 50),  # fully connected
    (9, 16, 1, 1),  # one pixel
    (16, 16, 20, 20),  # many rows
]


def make_norm(inputs):
    kind = nn.BatchNorm2d if inputs.ndim == 4 else nn.BatchNorm1d
    norm = kind(inputs.shape[1], momentum=0.3, eps=1e-3)
    generator = torch.Generator().manual_seed(1)
    for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var):
        tensor.data.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
    return norm


def everything(forward, norm, gradients, tensors):
    """What two training steps give: the last outputs, all gradients and the running statistics."""
    leaves = {name: tensor.clone().requires_grad_() for name, tensor in tensors.items()}
    for _ in range(2):
        norm.zero_grad()
        for leaf in leaves.values():
            leaf.grad = None
        outputs = forward(norm, **leaves)
        (outputs * gradients).sum().backward()
    found = {"outputs": outputs, "weight": norm.weight.grad, "bias": norm.bias.grad}
    found |= {name: leaf.grad for name, leaf in leaves.items()}
    return found | dict(norm.named_buffers())


def check(shape, *, add, relu, offset=0.0, tolerance=5e-6):
    """The largest error is relative to the largest value."""
    generator = torch.Generator().manual_seed(0)

    def draw():
        drawn = torch.randn(shape, generator=generator)
        return drawn.to(memory_format=torch.channels_last) if len(shape) == 4 else drawn

    tensors = {"inputs": draw() * 3 + offset} | ({"added": draw()} if add else {})
    gradients, norm = draw(), make_norm(tensors["inputs"])
    doubles = {name: tensor.double() for name, tensor in tensors.items()}

    def plain(norm, inputs, added=0):
        outputs = norm(inputs) + added
        return functional.relu(outputs) if relu else outputs

    reference = everything(plain, copy.deepcopy(norm).double(), gradients.double(), doubles)
    ours = everything(FusedBatchNorm.__call__, FusedBatchNorm(norm, relu=relu), gradients, tensors)
    assert ours.keys() == reference.keys()
    for name, expected in reference.items():
        error = (ours[name].double() - expected).abs().max() / expected.abs().max()
        assert error < tolerance, (shape, add, relu, name, error)
    assert len(shape) == 2 or ours["outputs"].is_contiguous(memory_format=torch.channels_last)


def check_a_nan_stays_in_its_channel_and_does_not_vanish_in_the_relu():
    inputs = torch.ones(2, 3, 2, 2).to(memory_format=torch.channels_last)
    inputs[0, 1, 0, 0] = torch.nan
    outputs = FusedBatchNorm(make_norm(inputs), relu=True)(inputs)
    assert outputs.isnan().flatten(2).any(2).any(0).tolist() == [False, True, False]


for shape in SHAPES:
    check(shape, add=False, relu=True)
    check(shape, add=True, relu=True)
check(ODD_SIZES, add=False, relu=False)
# With a mean of 300 standard deviations float32 itself has but four digits left.
check((8, 20, 10, 10), add=False, relu=True, offset=1000.0, tolerance=2e-5)
check_a_nan_stays_in_its_channel_and_does_not_vanish_in_the_relu()
# Parts that a launch of their own adds up.
module._FEW_PARTS, module._MOST_PROGRAMS = 2, 12
check((16, 70, 16, 16), add=True, relu=True)
