"""Arithmetic of training on a GPU, as PyTorch settings; on a CPU it is float32 whatever the configuration says."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
import torch.utils.deterministic

# Whose arithmetic TensorFloat-32 may replace. Only this interface of PyTorch's two is used: reading the older one
# raises an error where somebody has written the newer. Its setting for all of them at once does not reach convolutions.
_BACKENDS: Any = torch.backends
_PRECISIONS = (_BACKENDS.cuda.matmul, _BACKENDS.cudnn.conv, _BACKENDS.cudnn.rnn)


def configure(device: torch.device, precision: str, deterministic: bool) -> None:
    """Set the arithmetic of this process.

    Args:
        device: where it computes.
        precision: `fp32`, `tf32` or `bf16`; what bfloat16 autocast leaves in float32 may use TF32.
        deterministic: only algorithms that give the same bits each time, also on a GPU.
    """
    _set_precision("tf32" if device.type == "cuda" and precision != "fp32" else "ieee")
    # Choosing the fastest convolution by trial makes the choice, and with it the rounding, depend on the moment.
    torch.backends.cudnn.benchmark = not deterministic
    # As torch.use_deterministic_algorithms, without its import of PyTorch's compiler, which takes seconds.
    torch.set_deterministic_debug_mode("error" if deterministic else "default")
    # Every tensor is written before it is read; filling it first would nearly double the launches of a step.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    if deterministic and device.type == "cuda":
        # cuBLAS reads it when its first handle is made; on several streams it repeats bits only with it.
        os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"


def autocast(device: torch.device, precision: str) -> AbstractContextManager[None]:
    """The forward pass of training: bfloat16 autocast where it is asked for and there is a GPU."""
    if device.type != "cuda" or precision != "bf16":
        return nullcontext()
    # Every weight is used once, so the cache of cast weights saves nothing, and it must not outlive a capture.
    return torch.autocast("cuda", torch.bfloat16, cache_enabled=False)


@contextmanager
def full_float32() -> Iterator[None]:
    """Switch TensorFloat-32 off while the block runs."""
    before = [setting.fp32_precision for setting in _PRECISIONS]
    _set_precision("ieee")
    try:
        yield
    finally:
        for setting, precision in zip(_PRECISIONS, before, strict=True):
            setting.fp32_precision = precision


def _set_precision(precision: str) -> None:
    for setting in _PRECISIONS:
        setting.fp32_precision = precision
