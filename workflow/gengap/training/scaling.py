"""From grey levels to network inputs, with constants of the training set."""

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class InputScaling:
    """The map x ↦ (x - offset) / divisor for each channel.

    Attributes:
        offset: 1×C×1×1, in grey levels.
        divisor: 1×C×1×1, in grey levels.
    """

    offset: Tensor
    divisor: Tensor

    def to(self, device: torch.device, dtype: torch.dtype) -> "InputScaling":
        """The same map for images on `device`, with results of type `dtype`."""
        # In this order, since some devices have no float64.
        return InputScaling(self.offset.to(dtype).to(device), self.divisor.to(dtype).to(device))

    def __call__(self, images: Tensor) -> Tensor:
        """Scale uint8 images N×C×H×W."""
        return images.to(self.offset.dtype).sub_(self.offset).div_(self.divisor)


def input_scaling(kind: str, train_images: Tensor) -> InputScaling:
    """Constants of an `input_scaling` option, in float64 on the CPU.

    Args:
        kind: `standardize` (mean 0 and standard deviation 1 of each channel over all training pixels; a constant
            channel becomes 0), `unit` (0..1), `symmetric` (-1..1) or `none` (0..255).
        train_images: uint8 N×C×H×W on the CPU.
    """
    channels = train_images.shape[1]
    offset = torch.zeros(channels, dtype=torch.float64)
    divisor = torch.ones(channels, dtype=torch.float64)
    if kind == "unit":
        divisor *= 255
    elif kind == "symmetric":
        offset += 127.5
        divisor *= 127.5
    elif kind == "standardize":
        levels = torch.arange(256, dtype=torch.float64)
        for channel in range(channels):
            frequency = torch.bincount(train_images[:, channel].flatten(), minlength=256).double()
            frequency /= frequency.sum()
            offset[channel] = (frequency * levels).sum()
            deviation = (frequency * (levels - offset[channel]).square()).sum().sqrt()
            divisor[channel] = deviation if deviation > 0 else 1
    shape = (1, channels, 1, 1)
    return InputScaling(offset.reshape(shape), divisor.reshape(shape))
