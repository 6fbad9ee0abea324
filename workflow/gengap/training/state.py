"""Everything that changes while a network is trained; what a checkpoint holds."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from gengap.training.evaluate import sums_dtype
from gengap.training.sgd import MomentumSGD


@dataclass(eq=False)
class TrainingState:
    """A training between two updates.

    Random draws depend on seed and epoch alone and the learning rate on the update alone, so neither is here.

    Attributes:
        model: the network, on its device.
        optimizer: SGD or Adam over its parameters.
        epoch: number of the current epoch.
        step: updates of the current epoch that are done.
        history: one row for each epoch that is done.
        trajectory: how far the weights have moved, one row for each of the `noted_updates` that is done.
        measured_images: training images of the steps that `measured_seconds` took, for the speed.
        measured_seconds: time of these steps; epochs that were interrupted, or the first of a batch size, are left out.
        earlier_seconds: time spent by earlier processes until their last checkpoint.
        resumes: how often the training went on from a checkpoint.
        clipping: norm above which a gradient is clipped, if any.
        sums: running sums of the current epoch's updates, on the device: over images, cross-entropy and errors; with
            clipping, the number of clipped updates.
    """

    model: nn.Module
    optimizer: MomentumSGD
    clipping: float | None = None
    epoch: int = 0
    step: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    trajectory: list[dict[str, Any]] = field(default_factory=list)
    measured_images: int = 0
    measured_seconds: float = 0.0
    earlier_seconds: float = 0.0
    resumes: int = 0
    sums: Tensor = field(init=False)

    def __post_init__(self) -> None:
        self._start = time.monotonic()
        device = next(self.model.parameters()).device
        self.sums = torch.zeros(2 if self.clipping is None else 3, dtype=sums_dtype(device), device=device)

    @property
    def seconds(self) -> float:
        """Time spent on this training so far, in all processes."""
        return self.earlier_seconds + time.monotonic() - self._start

    @property
    def diverged(self) -> bool:
        """Whether the loss of the last epoch was not finite."""
        return bool(self.history) and self.history[-1]["train_cross_entropy"] is None

    def tensors(self) -> dict[str, Tensor]:
        """All tensors that an update changes, by name: the very tensors, not copies."""
        return (
            {f"model.{name}": tensor for name, tensor in self.model.state_dict().items()}
            | self.optimizer.tensors()
            | {"sums": self.sums}
        )

    def progress(self) -> dict[str, Any]:
        """The rest, as JSON can hold it."""
        return {
            "epoch": self.epoch,
            "step": self.step,
            "history": self.history,
            "trajectory": self.trajectory,
            "measured_images": self.measured_images,
            "measured_seconds": self.measured_seconds,
            "earlier_seconds": self.seconds,
            "resumes": self.resumes,
        }

    @torch.no_grad()
    def restore(self, tensors: Mapping[str, Tensor], progress: Mapping[str, Any]) -> None:
        """Take over a state that `tensors` and `progress` gave.

        Raises:
            ValueError: it is of another network; then nothing has been changed.
        """
        own = self.tensors()
        if {name: tensor.shape for name, tensor in own.items()} != {k: t.shape for k, t in tensors.items()}:
            raise ValueError("it holds tensors of another network")
        for name, tensor in own.items():
            tensor.copy_(tensors[name])
        for name, value in progress.items():
            setattr(self, name, value)
        self.resumes += 1

    def finish_epoch(self, row: dict[str, Any]) -> None:
        """Add a row to the history and go to the next epoch."""
        self.history.append(row)
        self.epoch, self.step = self.epoch + 1, 0
        self.sums.zero_()
