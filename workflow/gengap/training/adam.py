"""Adam (Kingma and Ba 2015), as `torch.optim.Adam` computes it (`optimizer: adam`)."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

from gengap.training.sgd import MomentumSGD


class Adam(MomentumSGD):
    """The updates of `torch.optim.Adam`, by the function that it calls; weight decay is added to the gradient.

    The option `momentum` is β₁. Averages start as zeros and are corrected for that.
    """

    def __init__(self, model: nn.Module, options: Mapping[str, Any], *, graphed: bool) -> None:
        """Optimise the parameters of a model, as SGD does; `options` have `adam_beta2` and `adam_epsilon`, too."""
        super().__init__(model, options, graphed=graphed)
        parameters = dict(model.named_parameters())
        self._averages = {name: torch.zeros_like(parameter) for name, parameter in parameters.items()}
        self._squares = {name: torch.zeros_like(parameter) for name, parameter in parameters.items()}
        self._steps = {name: parameter.new_zeros((), dtype=torch.float32) for name, parameter in parameters.items()}
        names = {id(parameter): name for name, parameter in parameters.items()}
        self._names = [[names[id(parameter)] for parameter in group["params"]] for group in self.groups]
        self._betas, self._epsilon = (options["momentum"], options["adam_beta2"]), options["adam_epsilon"]
        self._graphed = graphed

    def tensors(self) -> dict[str, Tensor]:
        """All tensors that a step changes besides the parameters, by name."""
        kinds = {"average": self._averages, "square": self._squares, "steps": self._steps}
        return {f"{kind}.{name}": tensor for kind, tensors in kinds.items() for name, tensor in tensors.items()}

    @torch.no_grad()
    def step(self) -> None:
        """Update the parameters by their gradients."""
        for group, names in zip(self.groups, self._names, strict=True):
            adam(
                group["params"],
                [parameter.grad for parameter in group["params"]],
                [self._averages[name] for name in names],
                [self._squares[name] for name in names],
                [],
                [self._steps[name] for name in names],
                fused=self._fused or None,
                capturable=self._graphed,
                amsgrad=False,
                beta1=self._betas[0],
                beta2=self._betas[1],
                lr=self._rate,
                weight_decay=group["weight_decay"],
                eps=self._epsilon,
                maximize=False,
            )
