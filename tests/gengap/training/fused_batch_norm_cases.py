"""Runs the fused kernels in Triton's interpreter and prints, as JSON, how far they are from PyTorch in float64.

A process of its own, since Triton reads TRITON_INTERPRET when it is imported. Each error is the largest one relative to
the largest value.
"""

import copy
import json
import os

os.environ["TRITON_INTERPRET"] = "1"

import torch
from torch import nn
from torch.nn import functional

from gengap.training import fused_batch_norm as module
from gengap.training.fused_batch_norm import FusedBatchNorm

SHAPES = {
    "few channels": (4, 20, 6, 6),
    "odd sizes": (3, 7, 5, 9),
    "one channel": (4, 1, 5, 5),
    "more channels than a tile": (2, 70, 4, 4),
    "fully connected": (30, 50),
    "one pixel": (9, 16, 1, 1),
    "many rows": (16, 16, 20, 20),
}


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
    found |= {name: buffer for name, buffer in norm.named_buffers() if name != "num_batches_tracked"}
    return found, int(norm.num_batches_tracked)


def errors(found, reference):
    assert found.keys() == reference.keys()
    return {
        name: ((tensor.double() - reference[name]).abs().max() / reference[name].abs().max()).item()
        for name, tensor in found.items()
    }


def kernel_case(shape, *, add, relu, offset=0.0):
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

    reference, batches = everything(plain, copy.deepcopy(norm).double(), gradients.double(), doubles)
    fused = FusedBatchNorm(norm, relu=relu)
    of_ours, our_batches = everything(FusedBatchNorm.__call__, fused, gradients, tensors)
    return {
        "ours": errors(of_ours, reference),
        "batches": [our_batches, batches],
        "channels last": of_ours["outputs"].is_contiguous(memory_format=torch.channels_last) or len(shape) == 2,
    }


def nan_case():
    inputs = torch.ones(2, 3, 2, 2).to(memory_format=torch.channels_last)
    inputs[0, 1, 0, 0] = torch.nan
    outputs = FusedBatchNorm(make_norm(inputs), relu=True)(inputs)
    return outputs.isnan().flatten(2).any(2).any(0).tolist()


results = {
    f"{name}, add {add}, relu {relu}": kernel_case(shape, add=add, relu=relu)
    for name, shape in SHAPES.items()
    for add, relu in ((False, True), (True, True), (False, False))
    if relu or name == "odd sizes"
}
results["large mean"] = kernel_case((8, 20, 10, 10), add=False, relu=True, offset=1000.0)
few, most = module._FEW_PARTS, module._MOST_PROGRAMS
module._FEW_PARTS, module._MOST_PROGRAMS = 2, 12
results["parts added up by a launch of their own"] = kernel_case((16, 70, 16, 16), add=True, relu=True)
module._FEW_PARTS, module._MOST_PROGRAMS = few, most
print(json.dumps({"kernels": results, "nan": nan_case()}))
