"""Error and cross-entropy of a network over a set of images."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from gengap.training.scaling import InputScaling

# On a CPU, LeNet-5 evaluates twice as many images a second in chunks of 100 as in chunks of 2000.
CHUNK_SIZE = {"cpu": 100}


class Evaluation(NamedTuple):
    """Averages over a set of images.

    Attributes:
        error_percent: share of images whose largest logit is not their label's, in percent.
        cross_entropy: mean cross-entropy in nats.
    """

    error_percent: float
    cross_entropy: float


def evaluate(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    scaling: InputScaling,
    *,
    chunk_size: int | None = None,
    before_chunk: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Evaluate a network in evaluation mode, in float32; its mode is restored afterwards.

    Args:
        model: the network.
        images: uint8 N×C×H×W on the model's device.
        labels: int64 N, there too.
        scaling: scaling of the inputs, there too.
        chunk_size: images of one forward pass; by default what a cache (CPU) or a device (GPU) takes well.
        before_chunk: called before each forward pass, to let a caller stop.
    """
    chunk_size = chunk_size or CHUNK_SIZE.get(images.device.type, 2000)
    training = model.training
    sums = torch.zeros(2, dtype=sums_dtype(images.device), device=images.device)
    model.eval()
    try:
        with torch.inference_mode():
            for chunk, chunk_labels in zip(images.split(chunk_size), labels.split(chunk_size), strict=True):
                before_chunk()
                logits = model(scaling(chunk))
                sums[0] += (logits.argmax(1) != chunk_labels).sum()
                sums[1] += functional.cross_entropy(logits, chunk_labels, reduction="none").to(sums.dtype).sum()
    finally:
        model.train(training)
    errors, cross_entropy = sums.tolist()
    return Evaluation(100 * errors / len(labels), cross_entropy / len(labels))


def sums_dtype(device: torch.device) -> torch.dtype:
    """Type of sums over many images: float64, but for Apple's GPUs, which have none."""
    return torch.float32 if device.type == "mps" else torch.float64
