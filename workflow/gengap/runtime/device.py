"""Where a job computes, decided on the machine where it runs."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from gengap.errors import UserError
from gengap.runtime.gpu_slot import gpu_slot

logger = logging.getLogger(__name__)

# What one CPU job reaches in convolutions of these sizes, to the order of magnitude: enough to tell hours from days.
CPU_FLOP_PER_SECOND = 50e9
LONGEST_CPU_SECONDS = 24 * 3600

_AVAILABLE: dict[str, Callable[[], bool]] = {
    "cuda": torch.cuda.is_available,
    "mps": torch.backends.mps.is_available,
    "cpu": lambda: True,
}


@contextmanager
def computing_device(compute: Mapping[str, Any]) -> Iterator[torch.device]:
    """The device of a job while the block runs: on a GPU, a place that other jobs know is taken.

    Args:
        compute: `device` and `threads` of the configuration.

    Raises:
        UserError: the named device is not there.
    """
    if compute["device"] == "cpu":
        set_threads(torch.device("cpu"), compute["threads"])
        yield torch.device("cpu")
        return
    with gpu_slot() as place:
        device = choose_device(compute["device"])
        if place is not None and device.type != "cuda":
            logger.warning(
                "GPU %s is there, but PyTorch %s (CUDA %s) cannot use it, so this job computes on the %s. If that is"
                " not meant, install a driver and a PyTorch build that fit.",
                place,
                torch.__version__,
                torch.version.cuda,
                device.type.upper(),
            )
        set_threads(device, compute["threads"])
        yield device


def choose_device(setting: str) -> torch.device:
    """The device that `compute.device` asks for; `auto` takes a CUDA GPU, else Apple's, else the CPU.

    Raises:
        UserError: a named device is not there.
    """
    if setting == "auto":
        setting = next(name for name, available in _AVAILABLE.items() if available())
    if not _AVAILABLE[setting]():
        raise UserError(
            f"`compute.device` is `{setting}`, but PyTorch {torch.__version__} finds no such device on this machine;"
            " set it to `auto` or `cpu`, or install a driver and a PyTorch build that fit."
        )
    return torch.device(setting)


@contextmanager
def own_stream(device: torch.device) -> Iterator[None]:
    """On a CUDA device, compute on a stream that is not the default one, on which no graph can be captured.

    All that was launched is done when the block ends without an error.
    """
    if device.type != "cuda":
        yield
        return
    stream = torch.cuda.Stream(device)
    with torch.cuda.stream(stream):
        yield
        stream.synchronize()


def set_threads(device: torch.device, threads: int) -> None:
    """Fix the number of CPU threads of PyTorch: on a CPU it is part of the arithmetic (order of summation).

    Apple's GPUs have no float64, so what needs it is computed on the CPU there too.
    """
    if device.type != "cuda":
        torch.set_num_threads(threads)


def forward_flops(model: nn.Module, image_shape: tuple[int, int, int]) -> int:
    """Floating-point operations of one image's forward pass: two for each multiplication in a weight layer."""
    flops = 0

    def count(module: nn.Module, inputs: tuple[torch.Tensor], output: torch.Tensor) -> None:
        nonlocal flops
        # Each weight is used once for every output position: H×W of a convolution, one of a linear layer.
        flops += 2 * module.get_parameter("weight").numel() * (output.numel() // output.shape[1])

    hooks = [
        module.register_forward_hook(count) for module in model.modules() if isinstance(module, nn.Conv2d | nn.Linear)
    ]
    training = model.training
    try:
        with torch.no_grad():
            model.eval()(torch.zeros(1, *image_shape))
    finally:
        model.train(training)
        for hook in hooks:
            hook.remove()
    return flops


def refuse_days_on_cpu(
    setting: str, device: torch.device, model: nn.Module, image_shape: tuple[int, int, int], images: int
) -> None:
    """Stop a training that would take days because `auto` found no GPU.

    The estimate is three forward passes' arithmetic for each training image at 50 GFLOP/s.

    Args:
        setting: `compute.device`; only `auto` is refused.
        device: the device chosen.
        model: the network, on the CPU.
        image_shape: channels, height and width.
        images: number of images that the whole training processes (images × epochs).

    Raises:
        UserError: the estimate exceeds a day.
    """
    if setting != "auto" or device.type != "cpu":
        return
    seconds = 3 * forward_flops(model, image_shape) * images / CPU_FLOP_PER_SECOND
    if seconds > LONGEST_CPU_SECONDS:
        raise UserError(
            f"There is no GPU on this machine and this training would take about {seconds / 86400:.1f} days on its CPU;"
            " run it where there is one, or set `compute: {device: cpu}` in the config to train on the CPU anyway."
        )
