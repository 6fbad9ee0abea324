"""Noise in training: on activations (`activation_noise`, `dropout`) and on the gradient (`gradient_noise_to`)."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from gengap.models.layers import observed_modules
from gengap.runtime.draws import named_generator
from gengap.training.state import TrainingState
from gengap.training.step import Objective, Step


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


def with_dropout(step: Step, state: TrainingState, seed: int) -> Step:
    """A step whose network's dropout depends on seed, epoch and update alone, so a resumed training needs no generator.

    `nn.Dropout` draws from PyTorch's own generator, which is seeded before each update. A CUDA graph must not capture
    the step.
    """

    def seeded_step(draws: Tensor) -> None:
        update = f"dropout of update {state.step} of epoch {state.epoch} of seed {seed}"
        torch.manual_seed(named_generator(update).initial_seed())
        step(draws)

    return seeded_step


def noisy_cross_entropy(state: TrainingState, batch_size: int, smoothing: float, seed: int) -> Objective:
    """A mean cross-entropy whose gradient is as noisy as that of a smaller batch (Hoffer et al. 2017).

    Each image's cross-entropy is multiplied by 1 + σ·z with a standard normal z of its own. At b images σ² is
    max(0, b/batch_size - 1). So the mean over batches of the gradient stays, and its covariance becomes that of a batch
    of `batch_size` images, but for the square of the mean gradient. z depends on seed, epoch and update alone.

    Args:
        state: of the training. A CUDA graph must not capture the step, since it would repeat one draw.
        batch_size: size of the batch whose noise is imitated.
        smoothing: `label_smoothing`.
        seed: seed of the run.
    """

    def objective(logits: Tensor, labels: Tensor) -> Tensor:
        variance = len(labels) / batch_size - 1
        if variance <= 0:
            return functional.cross_entropy(logits, labels, label_smoothing=smoothing)
        update = f"gradient noise of update {state.step} of epoch {state.epoch} of seed {seed}"
        z = torch.randn(len(labels), generator=named_generator(update, logits.device), device=logits.device)
        losses = functional.cross_entropy(logits, labels, reduction="none", label_smoothing=smoothing)
        return (losses * (1 + math.sqrt(variance) * z)).mean()

    return objective
