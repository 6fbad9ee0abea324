"""Batch norm in training with the addition and the ReLU that follow it in one pass (`compute: {batch_norm: fused}`).

PyTorch's kernels read and write a layer's activations once each for statistics, normalisation, addition and ReLU. Here
two launches do all of it forward, two backward, one more each where a tensor is large. What differs is rounding.
"""

import copy
import importlib.util
import logging
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn import functional

from gengap.errors import UserError
from gengap.models.layers import WeightLayer
from gengap.training.agreement import LAYER_TOLERANCE, relative_distance
from gengap.training.precision import autocast

logger = logging.getLogger("gengap")

_TILE = 2048
_WIDEST_TILE = 64
# Up to so many parts are added up by every program of the kernel that needs their sum; more by a launch of its own.
_FEW_PARTS = 64
_MOST_PROGRAMS = 1024
# Triton 3.10 changes its default, and the bits would change with it.
_COMPILED = {"enable_fp_fusion": True}


def fuse_batch_norm(model: nn.Module) -> None:
    """Replace batch norm, ReLU and the additions of residual blocks in place; parameters and their names stay.

    Raises:
        UserError: Triton is not installed.
    """
    if importlib.util.find_spec("triton") is None:
        raise UserError(
            "`compute: {batch_norm: fused}` needs Triton, which comes with PyTorch's CUDA builds for Linux; install one"
            " of these, or set it to `native`."
        )
    for layer in [module for module in model.modules() if isinstance(module, WeightLayer)]:
        if isinstance(layer.norm, nn.BatchNorm1d | nn.BatchNorm2d):
            layer.norm = FusedBatchNorm(layer.norm, relu=isinstance(layer.activation, nn.ReLU))
            layer.activation = nn.Identity()
    for name, block in [(name, module) for name, module in model.named_modules() if hasattr(module, "completes")]:
        if isinstance(block.conv2.norm, FusedBatchNorm):
            parent, _, child = name.rpartition(".")
            setattr(model.get_submodule(parent), child, FusedResidualBlock(block))


def fuse_where_right(model: nn.Module, inputs: Tensor, precision: str) -> tuple[bool, float]:
    """`fuse_batch_norm`, unless that differs from PyTorch's batch norm by more than rounding.

    Returns:
        Whether it is fused, and the distance; see `distance_from_native`, also for the arguments.

    Raises:
        UserError: Triton is not installed.
    """
    distance = distance_from_native(model, inputs, precision)
    right = distance <= LAYER_TOLERANCE[precision]
    if right:
        fuse_batch_norm(model)
    else:
        logger.warning(
            "Fused batch norm gives something else than PyTorch's: they differ by %.2g, rounding by less than %g. So"
            " this training goes on with PyTorch's.",
            distance, LAYER_TOLERANCE[precision],
        )  # fmt: skip
    return right, distance


def distance_from_native(model: nn.Module, inputs: Tensor, precision: str) -> float:
    """The largest relative distance between fused and PyTorch's batch norm over the layers of a network.

    Each layer's outputs, gradients and running statistics are compared, from what the layer gets of one batch.

    Args:
        model: a network, before `fuse_batch_norm`; it stays as it is.
        inputs: a batch, as in training.
        precision: `compute.precision`.
    """
    fused = copy.deepcopy(model).train()
    fuse_batch_norm(fused)
    distances = [0.0]

    def compare(norm: FusedBatchNorm, given: tuple[Tensor, ...]) -> None:
        outcomes = [_outcome(copy.deepcopy(norm), way, given) for way in (FusedBatchNorm.native, FusedBatchNorm.fused)]
        for native, ours in zip(*outcomes, strict=True):
            distances.append(relative_distance(native, ours))

    for module in fused.modules():
        if isinstance(module, FusedBatchNorm):
            module.register_forward_pre_hook(compare)
    with torch.no_grad(), autocast(inputs.device, precision):
        fused(inputs)
    return max(distances)


def _outcome(norm: "FusedBatchNorm", way: Callable[..., Tensor], given: tuple[Tensor, ...]) -> list[Tensor]:
    """Outputs, gradients for a random gradient of the outputs, and running statistics."""
    with torch.enable_grad():
        tensors = [tensor.detach().requires_grad_() for tensor in given]
        outputs = way(norm, *tensors)
        generator = torch.Generator(outputs.device).manual_seed(0)
        of_outputs = torch.empty_like(outputs).normal_(generator=generator)
        gradients = torch.autograd.grad(outputs, [*tensors, norm.weight, norm.bias], of_outputs)
    # A mean may be nothing but rounding; beside the variance it has a scale.
    return [outputs, *gradients, torch.stack([norm.running_mean, norm.running_var])]


class FusedBatchNorm(nn.Module):
    """Batch norm, then optionally an addition, then optionally ReLU.

    In evaluation mode it is PyTorch's own.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, norm: nn.BatchNorm1d | nn.BatchNorm2d, *, relu: bool) -> None:
        """Take over parameters, running statistics and settings of `norm`."""
        super().__init__()
        self.weight, self.bias = norm.weight, norm.bias
        for name, buffer in norm.named_buffers():
            self.register_buffer(name, buffer)
        self.momentum, self.eps, self.relu = cast("float", norm.momentum), norm.eps, relu
        self.train(norm.training)

    def forward(self, inputs: Tensor, added: Tensor | None = None) -> Tensor:
        """Map N×C×H×W, channels last, or N×C to the same shape; `added` has that shape, too."""
        return self.fused(inputs, added) if self.training else self.native(inputs, added)

    def fused(self, inputs: Tensor, added: Tensor | None = None) -> Tensor:
        """As in training, by the kernels of this project."""
        buffers = self.running_mean, self.running_var, self.num_batches_tracked
        return _Function.apply(
            inputs, added, self.weight, self.bias, buffers, self.momentum, self.eps, self.relu
        )  # fmt: skip

    def native(self, inputs: Tensor, added: Tensor | None = None) -> Tensor:
        """By PyTorch's kernels, in training or evaluation mode."""
        outputs = functional.batch_norm(
            inputs, self.running_mean, self.running_var, self.weight, self.bias, self.training, self.momentum, self.eps
        )
        outputs = outputs if added is None else outputs + added
        return functional.relu(outputs) if self.relu else outputs


class FusedResidualBlock(nn.Module):
    """A residual block whose second convolution's batch norm adds the shortcut and applies the last ReLU."""

    completes = "conv2"

    def __init__(self, block: Any) -> None:
        """Take over the layers of a `gengap.models.resnet56.ResidualBlock` with fused batch norm."""
        super().__init__()
        self.conv1, self.conv2, self.shortcut = block.conv1, block.conv2, block.shortcut
        self.projection = block.projection
        self.conv2.norm.relu = isinstance(block.activation, nn.ReLU)

    def forward(self, inputs: Tensor) -> Tensor:
        """As `ResidualBlock.forward`."""
        return self.projection(self.conv2.norm(self.conv2.linear_map(self.conv1(inputs)), self.shortcut(inputs)))


class _Function(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        inputs: Tensor,
        added: Tensor | None,
        weight: Tensor,
        bias: Tensor,
        buffers: tuple[Tensor, Tensor, Tensor],
        momentum: float,
        epsilon: float,
        relu: bool,
    ) -> Tensor:
        from gengap.training import batch_norm_kernels as kernels

        inputs = _rows_last(inputs)
        added = None if added is None else _rows_last(added)
        outputs = torch.empty_like(inputs)
        launch = _Launch(inputs)
        parts = launch.parts()
        kernels.statistics_parts[launch.reducing](
            inputs, parts, launch.rows, launch.channels, **launch.tile, **_COMPILED
        )
        sums, count = launch.combined(parts)
        mean, deviation = (torch.empty_like(weight, dtype=torch.float32) for _ in range(2))
        kernels.normalise[launch.applying](
            inputs, inputs if added is None else added, outputs, sums, count, weight, bias, mean, deviation, *buffers,
            launch.rows, launch.channels, momentum, epsilon,
            ADD=added is not None, RELU=relu, PARTS=launch.few(count), **launch.tile, **_COMPILED,
        )  # fmt: skip
        ctx.save_for_backward(inputs, outputs if relu else inputs, weight, mean, deviation)
        ctx.adds, ctx.relu = added is not None, relu
        return outputs

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradients: Tensor) -> tuple[Tensor | None, ...]:
        from gengap.training import batch_norm_kernels as kernels

        inputs, outputs, weight, mean, deviation = ctx.saved_tensors
        gradients = _rows_last(gradients)
        launch = _Launch(inputs)
        parts = launch.parts()
        kernels.gradient_parts[launch.reducing](
            gradients, inputs, outputs, mean, deviation, parts, launch.rows, launch.channels,
            RELU=ctx.relu, **launch.tile, **_COMPILED,
        )  # fmt: skip
        sums, count = launch.combined(parts)
        of_inputs = torch.empty_like(inputs)
        of_added = torch.empty_like(gradients) if ctx.adds else None
        of_weight, of_bias = torch.empty_like(weight), torch.empty_like(weight)
        kernels.apply_gradients[launch.applying](
            gradients, inputs, outputs, mean, deviation, weight, sums, count,
            of_inputs, of_inputs if of_added is None else of_added, of_weight, of_bias, launch.rows, launch.channels,
            ADD=ctx.adds, RELU=ctx.relu, PARTS=launch.few(count), **launch.tile, **_COMPILED,
        )  # fmt: skip
        return of_inputs, of_added, of_weight, of_bias, None, None, None, None


class _Launch:
    """How the rows and channels of a tensor are divided among programs, from its shape alone.

    Attributes:
        rows: values of each channel.
        channels: number of channels.
        tile: rows and channels that a program takes at a time.
        reducing: grid of the kernels that make parts of sums.
        applying: grid of the kernels that write a tensor.
    """

    def __init__(self, tensor: Tensor) -> None:
        self._device = tensor.device
        self.channels = tensor.shape[1]
        self.rows = tensor.numel() // self.channels
        width = min(_WIDEST_TILE, _power_of_two(self.channels))
        self.tile = {"ROWS": _TILE // width, "CHANNELS": width}
        columns = -(-self.channels // width)
        tiles = -(-self.rows // self.tile["ROWS"])
        # A small tensor is worth neither many programs nor one more launch.
        parts = min(-(-tiles // 4), _FEW_PARTS)
        if tiles > 16 * _FEW_PARTS:
            parts = min(-(-tiles // 4), max(_FEW_PARTS, _MOST_PROGRAMS // columns))
        self.reducing = parts, columns
        self.applying = min(tiles, _MOST_PROGRAMS), columns

    def parts(self) -> Tensor:
        """Room for the parts of two sums."""
        return torch.empty(2, self.reducing[0], self.channels, dtype=torch.float32, device=self._device)

    def combined(self, parts: Tensor) -> tuple[Tensor, int]:
        """The parts if they are few, else their sum, and how many they are then."""
        from gengap.training import batch_norm_kernels as kernels

        count, columns = self.reducing
        if count <= _FEW_PARTS:
            return parts, count
        sums = torch.empty(2, 1, self.channels, dtype=torch.float32, device=self._device)
        kernels.combine_parts[2, columns](
            parts, sums, count, self.channels, PARTS=_FEW_PARTS, CHANNELS=self.tile["CHANNELS"], **_COMPILED
        )
        return sums, 1

    @staticmethod
    def few(count: int) -> int:
        """The number of parts, rounded up to what a tile can have."""
        return _power_of_two(count)


def _power_of_two(number: int) -> int:
    return 1 << (number - 1).bit_length()


def _rows_last(tensor: Tensor) -> Tensor:
    """The tensor as a row-major matrix of its channels: N×C as it is, N×C×H×W with channels last."""
    return tensor.contiguous(memory_format=torch.channels_last) if tensor.ndim == 4 else tensor.contiguous()
