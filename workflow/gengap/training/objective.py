"""What training minimises: cross-entropy plus the weight penalty that SGD's weight decay implies."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn


def parameter_groups(model: nn.Module, options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Parameters with the `weight_decay` that SGD gives each.

    SGD adds `weight_decay`·w to the gradient. The penalty ½λ‖w‖² (`decay_convention: half`) has the gradient λw,
    the penalty λ‖w‖² (`full`) has 2λw. With `decayed_parameters: weights` only kernels and matrices decay.
    """
    decay = options["weight_decay"] * (2 if options["decay_convention"] == "full" else 1)
    parameters = list(model.parameters())
    if options["decayed_parameters"] == "all":
        return [{"params": parameters, "weight_decay": decay}]
    return [
        {"params": [parameter for parameter in parameters if parameter.ndim > 1], "weight_decay": decay},
        {"params": [parameter for parameter in parameters if parameter.ndim <= 1], "weight_decay": 0.0},
    ]


def weight_penalty(groups: Sequence[Mapping[str, Any]]) -> float:
    """The penalty whose gradient is the weight decay of `parameter_groups`: Σ ½·weight_decay·‖w‖², in float64."""
    return sum(0.5 * group["weight_decay"] * squared_norm(group["params"]) for group in groups)


def squared_norm(tensors: Sequence[Tensor]) -> float:
    """Sum of squares of all entries, in float64."""
    if tensors and tensors[0].is_cuda:
        return float(torch.stack(norms(tensors)).square().sum())
    sums = [_double(tensor.detach()).square().sum() for tensor in tensors]
    return float(torch.stack(sums).sum()) if sums else 0.0


def distance(first: Sequence[Tensor], second: Sequence[Tensor]) -> float:
    """Euclidean distance between two lists of tensors, each taken as one vector, in float64."""
    ends, starts = ([_double(tensor.detach()) for tensor in tensors] for tensors in (first, second))
    return math.sqrt(squared_norm(torch._foreach_sub(ends, starts)))


def norms(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Euclidean norm of each tensor in float64, by a few launches for all of them."""
    return list(torch._foreach_norm([tensor.detach() for tensor in tensors], 2, torch.float64))


def _double(tensor: Tensor) -> Tensor:
    # Apple's GPUs have no float64.
    return (tensor.cpu() if tensor.device.type == "mps" else tensor).double()
