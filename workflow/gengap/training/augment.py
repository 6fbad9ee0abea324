"""The order, crops and flips of an epoch, and the batches that they give."""

import torch
from torch import Tensor
from torch.nn import functional

from gengap.runtime.draws import named_generator
from gengap.training.scaling import InputScaling


def draw_epoch(seed: int, epoch: int, images: int, augmentation: str, padding: int = 4) -> Tensor:
    """Everything random of one epoch, a function of seed and epoch alone.

    So a resumed training needs no generator state, and every device sees the same batches.

    Args:
        seed: seed of the run.
        epoch: number of the epoch.
        images: number of training images.
        augmentation: `none` or `crop_flip`.
        padding: pixels on each side of an image, for `crop_flip`.

    Returns:
        int64 on the CPU, one row for each image in the order of training: its index and, for `crop_flip`, the
        top and the left edge of its crop in the padded image (0..2·padding) and whether it is mirrored (0 or 1).
    """
    generator = named_generator(f"epoch {epoch} of seed {seed}")
    columns = [torch.randperm(images, generator=generator)]
    if augmentation == "crop_flip":
        positions = 2 * padding + 1
        columns += [torch.randint(high, (images,), generator=generator) for high in (positions, positions, 2)]
    return torch.stack(columns, dim=1)


class TrainingImages:
    """The training set on its device, as batches of network inputs.

    Images stay uint8. For `crop_flip` they are padded once, before scaling, and a batch
    is cut out by one indexing operation.
    """

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        scaling: InputScaling,
        augmentation: str,
        device: torch.device,
        memory_format: torch.memory_format = torch.contiguous_format,
        padding: int = 4,
        fill: int = 0,
    ) -> None:
        """Move the training set to the device.

        Args:
            images: uint8 N×C×H×W.
            labels: int64 N.
            scaling: scaling of the inputs, on `device`.
            augmentation: `none` or `crop_flip`.
            device: where batches are made.
            memory_format: layout of the batches.
            padding: pixels on each side of an image, for `crop_flip`.
            fill: their grey level, 0 to 255.
        """
        self._cropped = augmentation == "crop_flip"
        if self._cropped:
            images = functional.pad(images, (padding,) * 4, value=fill)
        self._images = images.to(device)
        self._labels = labels.to(device)
        self._scaling = scaling
        self._memory_format = memory_format
        edge = 2 * padding if self._cropped else 0
        self._channels = torch.arange(images.shape[1], device=device)
        self._rows = torch.arange(images.shape[2] - edge, device=device)
        self._columns = torch.arange(images.shape[3] - edge, device=device)

    def __len__(self) -> int:
        return len(self._labels)

    def batch(self, draws: Tensor) -> tuple[Tensor, Tensor]:
        """Inputs float32 B×C×H×W and labels int64 B of B rows of `draw_epoch`, on the same device."""
        index = draws[:, 0]
        images = self._crops(draws) if self._cropped else self._images.index_select(0, index)
        inputs = self._scaling(images).contiguous(memory_format=self._memory_format)
        return inputs, self._labels.index_select(0, index)

    def _crops(self, draws: Tensor) -> Tensor:
        index, top, left, mirrored = draws.unbind(1)
        rows = top[:, None] + self._rows
        columns = torch.where(mirrored[:, None] == 1, self._columns.flip(0), self._columns) + left[:, None]
        return self._images[
            index[:, None, None, None], self._channels[:, None, None], rows[:, None, :, None], columns[:, None, None, :]
        ]
