"""The precision of the configuration reaches PyTorch, and a CPU always computes in float32."""

import os
import threading

import pytest
import torch

from gengap.training.precision import autocast, configure, full_float32


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
    assert torch.backends.cudnn.allow_tf32 == allowed
    assert torch.backends.cuda.matmul.allow_tf32 == allowed


def test_full_float32_is_for_a_while():
    configure(torch.device("cuda"), "tf32", False)
    with full_float32():
        assert not torch.backends.cudnn.allow_tf32
        assert torch.get_float32_matmul_precision() == "highest"
    assert torch.backends.cudnn.allow_tf32
    assert torch.get_float32_matmul_precision() == "high"


@pytest.mark.parametrize("deterministic", [True, False])
def test_determinism_excludes_choosing_algorithms_by_trial(deterministic):
    configure(torch.device("cuda"), "tf32", deterministic)
    assert torch.are_deterministic_algorithms_enabled() == deterministic
    assert torch.backends.cudnn.benchmark != deterministic
    assert os.environ.get("CUBLAS_WORKSPACE_CONFIG") == (":4096:8" if deterministic else None)


def test_a_cpu_ignores_bfloat16():
    matrix = torch.ones(4, 4)
    with autocast(torch.device("cpu"), "bf16"):
        assert (matrix @ matrix).dtype == torch.float32


def test_full_float32_leaves_what_it_found():
    torch.set_float32_matmul_precision("highest")
    torch.backends.cudnn.allow_tf32 = True
    with full_float32():
        assert not torch.backends.cudnn.allow_tf32
    assert torch.get_float32_matmul_precision() == "highest"
    assert torch.backends.cudnn.allow_tf32


def test_a_training_that_starts_does_not_change_the_precision_of_one_that_is_measured():
    started = threading.Event()

    def start():
        configure(torch.device("cuda"), "tf32", False)
        started.set()

    thread = threading.Thread(target=start)
    with full_float32():
        thread.start()
        assert not started.wait(0.3)
        assert not torch.backends.cudnn.allow_tf32
    thread.join()
    assert torch.backends.cudnn.allow_tf32


def test_full_float32_of_two_threads_does_not_interleave():
    torch.backends.cudnn.allow_tf32 = True
    second_inside = threading.Event()

    def second():
        with full_float32():
            second_inside.set()

    thread = threading.Thread(target=second)
    with full_float32():
        thread.start()
        assert not second_inside.wait(0.3)
    thread.join()
    assert second_inside.is_set()
    assert torch.backends.cudnn.allow_tf32
