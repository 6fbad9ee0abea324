"""Initial weights by named law, drawn on the CPU so that a seed fixes them whatever the device."""

import math
from collections.abc import Callable
from functools import partial

from torch import Generator, Tensor, nn
from torch.nn import init

_SCHEMES: dict[str, Callable[..., Tensor]] = {
    # Variance 2 / fan_in (He et al. 2015), 2 / (fan_in + fan_out) (Glorot and Bengio 2010), 1 / fan_in (LeCun 1998).
    "he_normal": partial(init.kaiming_normal_, nonlinearity="relu"),
    # Variance 2 / fan_out.
    "he_normal_fan_out": partial(init.kaiming_normal_, nonlinearity="relu", mode="fan_out"),
    "he_uniform": partial(init.kaiming_uniform_, nonlinearity="relu"),
    "glorot_normal": init.xavier_normal_,
    "glorot_uniform": init.xavier_uniform_,
    "lecun_normal": partial(init.kaiming_normal_, nonlinearity="linear"),
    # PyTorch's default for convolutions and linear layers: U(-1/sqrt(fan_in), 1/sqrt(fan_in)).
    "pytorch": partial(init.kaiming_uniform_, a=math.sqrt(5)),
}


def initialize(model: nn.Module, scheme: str, generator: Generator, gain: str = "one") -> None:
    """Set all parameters of a network in place.

    Kernels and matrices follow `scheme`. Biases are zero, except in the scheme `pytorch`: there
    U(-1/sqrt(fan_in), 1/sqrt(fan_in)). Batch norm starts with gain 1 or from U(0, 1), as in PyTorch until 2018, and
    with shift 0. All kernels and matrices are drawn before any bias and gain, so that a network with batch norm and the
    one without start from the same ones.

    Args:
        model: a network on the CPU.
        scheme: name of the law, one of `_SCHEMES`.
        generator: a generator on the CPU, the only source of randomness.
        gain: of batch norm, `one` or `uniform`.
    """
    draw = _SCHEMES[scheme]
    linear_maps = [module for module in model.modules() if isinstance(module, nn.Conv2d | nn.Linear)]
    for module in linear_maps:
        draw(module.weight, generator=generator)
    for module in linear_maps:
        if module.bias is not None:
            bound = 1 / math.sqrt(module.weight[0].numel()) if scheme == "pytorch" else 0.0
            init.uniform_(module.bias, -bound, bound, generator=generator)
    for norm in (module for module in model.modules() if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)):
        norm.reset_parameters()
        if gain == "uniform":
            init.uniform_(norm.weight, generator=generator)
