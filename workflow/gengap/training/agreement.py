"""How far a faster way to compute is from the plain one, on the machine and the batch at hand.

What has been tried elsewhere need not be right with this GPU, driver and PyTorch. So CUDA graphs and fused batch norm
are compared with the plain way once, where they are about to be used, and given up where they differ by more than
rounding.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

# Of each tensor's change by one update. Noise in the last bit of each product grows from layer to layer: put in on a
# CPU, it moved gradients of VGG-16 and ResNet-56 by up to 0.01, 0.2 and 0.5 of their size. A kernel that did not run,
# or a tensor in the wrong place, makes that 1 or more.
STEP_TOLERANCE = {"fp32": 0.05, "tf32": 0.5, "bf16": 0.9}
# Of one layer's batch norm, which has no products: float32 but for bfloat16's inputs and outputs. Where rounding turns
# the sign of an output, one of 10⁷ or of 10³, ReLU's gradient turns on or off: that moves a sum of gradients by up to
# 0.001 in float32, 0.06 in bfloat16 (the latter seen on a CPU).
LAYER_TOLERANCE = {"fp32": 0.01, "tf32": 0.01, "bf16": 0.2}

# A gradient that is zero in theory, as that of a shift before another batch norm, is all rounding: such a tensor is
# measured by this share of the changes of all tensors of its kind.
_LEAST_SHARE = 0.01


def step_distance(before: Mapping[str, Tensor], plain: Mapping[str, Tensor], other: Mapping[str, Tensor]) -> float:
    """The largest `relative_distance` of two updates of one state over its tensors, relative to their changes.

    Args:
        before: `TrainingState.tensors` before the update.
        plain: after the plain update.
        other: after the other.
    """
    changes = {name: _size(_finite(plain[name]) - _finite(before[name])) for name in before}
    kinds: dict[tuple[str, str], float] = {}
    for name, change in changes.items():
        kinds[_kind(name)] = kinds.get(_kind(name), 0.0) + change
    return max(
        relative_distance(plain[name], other[name], max(change, _LEAST_SHARE * kinds[_kind(name)]))
        for name, change in changes.items()
    )


def _kind(name: str) -> tuple[str, str]:
    """What a tensor is: of the model or momentum, and a weight, a bias, a running mean."""
    return name.split(".")[0], name.split(".")[-1]


def relative_distance(plain: Tensor, other: Tensor, scale: float | None = None) -> float:
    """Σ|other - plain| over all entries, but for the last bits of `plain`, relative to a scale, by default Σ|plain|.

    Values that are not finite are equal to their like: a training may diverge, whichever way it is computed.
    """
    plain, other = _finite(plain), _finite(other)
    size = _size(plain)
    gap = max(0.0, _size(other - plain) - torch.finfo(torch.float32).eps * size)
    return gap / max(size if scale is None else scale, torch.finfo(torch.float64).tiny)


def _finite(tensor: Tensor) -> Tensor:
    return tensor.detach().double().nan_to_num(0.0, 1e38, -1e38)


def _size(tensor: Tensor) -> float:
    return float(tensor.abs().sum())
