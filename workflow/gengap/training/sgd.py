"""Stochastic gradient descent with momentum and weight decay, as `torch.optim.SGD` computes it."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.sgd import sgd

from gengap.training.objective import parameter_groups


class MomentumSGD:
    """The updates of `torch.optim.SGD`, by the function that it calls.

    The class itself imports PyTorch's compiler, which costs each job more seconds than importing PyTorch. Here,
    besides, the momentum starts as zeros rather than being made by the first step (m·0 + g is that step's g):
    so it can be saved, reset and captured in a CUDA graph like everything else.

    Attributes:
        groups: parameters with their `weight_decay`, see `parameter_groups`.
        momentum: the momentum of each parameter by its name; empty without momentum.
    """

    def __init__(self, model: nn.Module, options: Mapping[str, Any], *, graphed: bool) -> None:
        """Optimise the parameters of a model, on its device.

        Args:
            model: the network.
            options: `momentum`, `learning_rate`, and those of `parameter_groups`.
            graphed: keep the learning rate in a tensor that a captured step reads anew at each replay.
        """
        parameters = dict(model.named_parameters())
        device = next(iter(parameters.values())).device
        self.groups = parameter_groups(model, options)
        self.momentum: dict[str, Tensor] = {}
        if options["momentum"] > 0:
            self.momentum = {name: torch.zeros_like(parameter) for name, parameter in parameters.items()}
        buffers = {id(parameter): self.momentum[name] for name, parameter in parameters.items() if self.momentum}
        self._buffers: list[list[Tensor | None]] = [
            [buffers[id(parameter)] for parameter in group["params"] if self.momentum] for group in self.groups
        ]
        self._factor = options["momentum"]
        self._fused = device.type == "cuda"
        rate = options["learning_rate"]
        self._rate = torch.tensor(rate, dtype=torch.float32, device=device) if graphed else rate

    def set_learning_rate(self, rate: float) -> None:
        """Set the learning rate; in place, where captured steps read it."""
        if isinstance(self._rate, Tensor):
            self._rate.fill_(rate)
        else:
            self._rate = rate

    def zero_grad(self) -> None:
        """Forget the gradients."""
        for group in self.groups:
            for parameter in group["params"]:
                parameter.grad = None

    @torch.no_grad()
    def step(self) -> None:
        """Update the parameters by their gradients."""
        for group, buffers in zip(self.groups, self._buffers, strict=True):
            sgd(
                group["params"],
                [parameter.grad for parameter in group["params"]],
                buffers,
                fused=self._fused or None,
                weight_decay=group["weight_decay"],
                momentum=self._factor,
                lr=self._rate,
                dampening=0.0,
                nesterov=False,
                maximize=False,
            )

    def tensors(self) -> dict[str, Tensor]:
        """All tensors that a step changes besides the parameters, by name."""
        return {f"momentum.{name}": tensor for name, tensor in self.momentum.items()}

    @torch.no_grad()
    def reset_momentum(self) -> None:
        """Set the momentum to zero, and whatever else is remembered of earlier gradients."""
        for tensor in self.tensors().values():
            tensor.zero_()
