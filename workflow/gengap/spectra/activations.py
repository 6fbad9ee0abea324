"""Activations of every layer, one at a time, in float64 and evaluation mode."""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Literal

import torch
from torch import Tensor, nn

from gengap.models.layers import observed_modules

ResidualOutput = Literal["after_addition", "before_addition"]
BatchNormStatistics = Literal["running", "batch"]
Visitor = Callable[[str, str, Tensor], None]

_CHUNK = 16
"""Images per call of a convolution on the CPU."""


def measuring_copy(
    model: nn.Module, device: torch.device | str, batch_norm_statistics: BatchNormStatistics = "running"
) -> nn.Module:
    """A copy of a network in float64 and evaluation mode on a device that has float64.

    Args:
        model: the network.
        device: where to put the copy.
        batch_norm_statistics: batch norm uses the running statistics of training, or those of the batch that is fed.
    """
    copied = copy.deepcopy(model).to(device, torch.float64).eval()
    if batch_norm_statistics == "batch":
        for module in copied.modules():
            if isinstance(module, nn.modules.batchnorm._BatchNorm):
                # Without running statistics PyTorch takes those of the batch, in evaluation mode too.
                module.running_mean = module.running_var = None
    return copied


@torch.no_grad()
def visit_activations(
    model: nn.Module, images: Tensor, visit: Visitor, modules: Mapping[str, nn.Module] | None = None
) -> None:
    """Feed one batch forward and show every layer's output as it is computed.

    No output is kept for the visitor: it computes what it needs before the forward pass goes on.

    Args:
        model: a network in evaluation mode.
        images: N×C×H×W, of the network's type and on its device.
        visit: called in forward order with the layer's name, its kind (`linear` for an output N×C, else `conv`) and
            its output. It must not change the output. Where a module is called again, `#2` follows its name.
        modules: parts of the network whose outputs are taken, by name. Without them those of its weight layers: after
            batch norm and non-linearity and before pooling, see `observed_modules`; the logits are the last one.

    Raises:
        ValueError: the network is in training mode, or an output is no tensor of order two or more.
    """
    if model.training:
        raise ValueError("activations are measured in evaluation mode; call model.eval() first")
    with ExitStack() as stack:
        stack.enter_context(_convolutions_in_chunks(model))
        for name, module in (observed_modules(model) if modules is None else modules).items():
            stack.callback(module.register_forward_hook(_hook(visit, name)).remove)
        model(images)


def _hook(visit: Visitor, name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
    calls = count(1)

    def hook(_module: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        if not isinstance(output, Tensor) or output.ndim < 2:
            raise ValueError(f"the output of {name} is no tensor of order two or more; measure a module inside it")
        call = next(calls)
        visit(name if call == 1 else f"{name}#{call}", "linear" if output.ndim == 2 else "conv", output)

    return hook


@contextmanager
def _convolutions_in_chunks(model: nn.Module) -> Iterator[None]:
    """Make convolutions on the CPU take a few images at a time.

    PyTorch's float64 convolution on the CPU writes out every patch of the whole batch: k² times its
    input, 10 GB for the second layer of VGG-16 and 2048 images. In chunks it needs none of that and, since
    the patches stay in the cache, a quarter of the time.
    """
    convolutions = [module for module in model.modules() if isinstance(module, nn.Conv2d)]
    try:
        for module in convolutions:
            module.forward = _in_chunks(module.forward)  # type: ignore[assignment, method-assign]
        yield
    finally:
        for module in convolutions:
            del module.forward  # the class's own method shows again


def _in_chunks(forward: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    def chunked(images: Tensor) -> Tensor:
        if images.device.type != "cpu" or len(images) <= _CHUNK:
            return forward(images)
        output = None
        for start in range(0, len(images), _CHUNK):
            part = forward(images[start : start + _CHUNK])
            if output is None:
                output = part.new_empty(len(images), *part.shape[1:])
            output[start : start + _CHUNK] = part
        assert output is not None
        return output

    return chunked
