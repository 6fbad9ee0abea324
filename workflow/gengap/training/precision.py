"""Arithmetic of training on a GPU, as PyTorch settings; on a CPU it is float32 whatever the configuration says."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch


def configure(device: torch.device, precision: str, deterministic: bool) -> None:
    """Set the arithmetic of this process.

    Args:
        device: where it computes.
        precision: `fp32`, `tf32` or `bf16`; what bfloat16 autocast leaves in float32 may use TF32.
        deterministic: only algorithms that give the same bits each time, also on a GPU.
    """
    _allow_tf32(device.type == "cuda" and precision != "fp32")
    # Choosing the fastest convolution by trial makes the choice, and with it the rounding, depend on the moment.
    torch.backends.cudnn.benchmark = not deterministic
    # As torch.use_deterministic_algorithms, without its import of PyTorch's compiler, which takes seconds.
    torch.set_deterministic_debug_mode("error" if deterministic else "default")
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
    products, convolutions = torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32
    _allow_tf32(False)
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(products)
        torch.backends.cudnn.allow_tf32 = convolutions


def _allow_tf32(allowed: bool) -> None:
    torch.set_float32_matmul_precision("high" if allowed else "highest")
    torch.backends.cudnn.allow_tf32 = allowed
