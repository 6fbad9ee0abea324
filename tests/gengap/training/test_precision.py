"""The precision of the configuration reaches PyTorch, and a CPU always computes in float32."""

import os

import pytest
import torch

from gengap.training.precision import autocast, configure, full_float32


def precisions():
    """What products, convolutions and recurrent layers compute in."""
    backends = torch.backends
    return [part.fp32_precision for part in (backends.cuda.matmul, backends.cudnn.conv, backends.cudnn.rnn)]


@pytest.fixture(autouse=True)
def _restored(monkeypatch):
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    yield
    configure(torch.device("cpu"), "fp32", False)


@pytest.mark.parametrize(
    ("device", "precision", "allowed"),
    [("cuda", "tf32", True), ("cuda", "bf16", True), ("cuda", "fp32", False), ("cpu", "tf32", False)],
)
def test_tf32_is_allowed_where_it_is_asked_for(device, precision, allowed):
    configure(torch.device(device), precision, False)
    assert precisions() == ["tf32" if allowed else "ieee"] * 3


def test_full_float32_is_for_a_while():
    configure(torch.device("cuda"), "tf32", False)
    with full_float32():
        assert precisions() == ["ieee"] * 3
    assert precisions() == ["tf32"] * 3


@pytest.mark.parametrize("deterministic", [True, False])
def test_determinism_excludes_choosing_algorithms_by_trial(deterministic):
    configure(torch.device("cuda"), "tf32", deterministic)
    assert torch.are_deterministic_algorithms_enabled() == deterministic
    assert torch.backends.cudnn.benchmark != deterministic
    # What PyTorch would do to show a read of what was never written costs a launch for every tensor.
    assert not torch.utils.deterministic.fill_uninitialized_memory
    assert os.environ.get("CUBLAS_WORKSPACE_CONFIG") == (":4096:8" if deterministic else None)


def test_a_cpu_ignores_bfloat16():
    matrix = torch.ones(4, 4)
    with autocast(torch.device("cpu"), "bf16"):
        assert (matrix @ matrix).dtype == torch.float32
