"""A layer's output projected on few fixed directions, whose number then bounds its rank (`rank_limit`)."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from gengap.models.layers import observed_modules, weight_layers
from gengap.runtime.draws import named_generator


class Projection(nn.Module):
    """The orthogonal projection of N×C or, pixel by pixel, of N×C×H×W on r directions: y ↦ Q (Qᵀ y).

    It is computed as two products through r numbers, so that no rounding raises the rank of its output. The directions
    Q, C×r, are a buffer: they are neither trained nor decayed, and a file of weights holds them.
    """

    basis: Tensor

    def __init__(self, basis: Tensor) -> None:
        super().__init__()
        self.register_buffer("basis", basis)

    def forward(self, outputs: Tensor) -> Tensor:
        """Map N×C or N×C×H×W to the same shape."""
        if outputs.ndim == 2:
            return functional.linear(functional.linear(outputs, self.basis.mT), self.basis)
        kernels = self.basis[:, :, None, None]
        return functional.conv2d(functional.conv2d(outputs, kernels.transpose(0, 1)), kernels)


def limit_rank(model: nn.Module, rank: int, seed: int) -> None:
    """Project the output of one hidden layer of a network, as spectra see it, on random directions.

    The layer is the widest hidden fully connected one; in a network without one, the last convolution, whose
    channels are projected: in a residual network after the addition and the activation.

    Args:
        model: an initialised network on the CPU.
        rank: number of directions.
        seed: of the run; other random draws of the run do not change.
    """
    *hidden, _logits = weight_layers(model).items()
    connected = [(name, layer) for name, layer in hidden if layer.kind == "linear"]
    name, layer = max(connected or hidden[-1:], key=lambda item: len(item[1].linear_map.weight))
    generator = named_generator(f"rank limit of seed {seed}")
    directions = torch.randn(len(layer.linear_map.weight), rank, dtype=torch.float64, generator=generator)
    observed_modules(model)[name].projection = Projection(torch.linalg.qr(directions).Q.float().contiguous())
