"""Batch norm that normalises parts of a batch by themselves in training (`ghost_batch_size`, Hoffer et al. 2017)."""

from typing import cast

import torch
from torch import Tensor, nn

from gengap.models.layers import weight_layers


def use_ghosts(model: nn.Module, size: int) -> None:
    """Let each batch norm of a network cut a batch of b images, in order, into max(1, ⌊b/size⌋) parts.

    The parts differ by one image at most, so none is smaller than `size` where the batch is not. Each is normalised by
    its own mean and variance, and the running averages take one step per part, in order, as in the published code of
    Hoffer et al.: at 32 parts and momentum 0.1 the newest batch weighs 1 - 0.9³² = 0.97. In evaluation mode nothing
    differs from PyTorch's batch norm; parameters, buffers and their names stay.
    """
    for layer in weight_layers(model).values():
        if isinstance(layer.norm, nn.BatchNorm1d | nn.BatchNorm2d):
            layer.norm = GhostBatchNorm(layer.norm, size)


class GhostBatchNorm(nn.modules.batchnorm._BatchNorm):
    """Batch norm of N×C or N×C×H×W, by parts of N in training mode."""

    def __init__(self, norm: nn.BatchNorm1d | nn.BatchNorm2d, size: int) -> None:
        """Take over the state and the settings of `norm`."""
        super().__init__(norm.num_features, norm.eps, cast("float", norm.momentum))
        self.load_state_dict(norm.state_dict())
        self.size = size

    def forward(self, inputs: Tensor) -> Tensor:
        """Map to the same shape."""
        parts = len(inputs) // self.size if self.training else 1
        if parts < 2:
            return super().forward(inputs)
        normalize = super().forward
        # The gradient of `split` is one concatenation, that of `tensor_split` the sum of as many tensors as parts.
        sizes = [len(part) for part in inputs.tensor_split(parts)]
        return torch.cat([normalize(part) for part in inputs.split(sizes)])

    def _check_input_dim(self, inputs: Tensor) -> None:
        """The layer that this one takes the place of had the right dimensions."""
