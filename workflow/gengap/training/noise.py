"""Noise on the hidden activations in training (`activation_noise`)."""

from typing import Any

import torch
from torch import Tensor, nn

from gengap.draws import named_generator
from gengap.models.layers import observed_modules
from gengap.training.state import TrainingState
from gengap.training.step import Step


def with_activation_noise(step: Step, state: TrainingState, strength: float, seed: int) -> Step:
    """A step whose network adds noise to each hidden layer's output y in training mode: y + strength·s·z.

    s is the standard deviation of y over the batch and all units, as a constant without a gradient, so that the
    noise means the same at every scale of the activations. z is normal, independent for each number of y, and
    depends on seed, epoch and update alone, so a resumed training needs no generator. The output of a layer is what
    spectra see: after the activation, the addition of a residual block and the projection of `rank_limit`.

    Args:
        step: one update. It must not be captured in a CUDA graph, which would repeat one draw.
        state: of the training; its network's hidden layers get a hook each. Parameters and names stay.
        strength: deviation of the noise in deviations of the output.
        seed: seed of the run.
    """
    device = state.sums.device
    generator = torch.Generator(device)

    def add_noise(module: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
        if not module.training:
            return output
        noise = torch.randn(output.shape, generator=generator, dtype=output.dtype, device=device)
        return output + noise.mul_(strength * output.detach().std(correction=0))

    *hidden, _logits = observed_modules(state.model).values()
    for module in hidden:
        module.register_forward_hook(add_noise)

    def noisy_step(draws: Tensor) -> None:
        nonlocal generator
        generator = named_generator(f"noise of update {state.step} of epoch {state.epoch} of seed {seed}", device)
        step(draws)

    return noisy_step
