"""Trainings that are refused, each in one sentence and before hours have passed."""

import pytest
import torch

from gengap.errors import UserError
from gengap.training import run as module
from gengap.training.run import train

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"batch_size": 151}, "batch size of 151 is larger than the training set of 150 images"),
        ({"batch_size": 16, "switch_batch_size": 32, "switch_epoch": 0.5}, "larger than the batch size 16"),
        ({"model": "vgg16"}, "vgg16 needs images of at least 32×32 pixels"),
        ({"batch_size": 149}, "leave a batch of one image, which batch norm cannot normalise"),
        ({"batch_size": 1}, "leave a batch of one image"),
    ],
)
def test_runs_that_do_not_fit_the_data_are_refused(changed, message, trained):
    with pytest.raises(UserError, match=message):
        trained(**changed)


def test_a_batch_of_one_image_trains_where_it_can(trained):
    assert trained(batch_size=149, normalization="none", epochs=1).metrics["updates"] == 2
    assert trained(batch_size=149, model="resnet56", width=0.1, epochs=1).metrics["updates"] == 2


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"),
    ],
    ids=["PyTorch", "CUDA", "cuBLAS", "cuDNN"],
)
def test_a_gpu_that_is_too_small_is_told_in_one_sentence(trained, monkeypatch, error):
    def out_of_memory(*_):
        raise error

    monkeypatch.setattr(module, "training_step", lambda *_: out_of_memory)
    with pytest.raises(UserError, match="memory does not hold lenet5 at batch size 32; .*lower the batch size"):
        trained()


@pytest.mark.parametrize(("free", "expected"), [(2**28, UserError), (2**32, RuntimeError)])
@pytest.mark.parametrize(
    "text",
    [
        "FIND was unable to find an engine to execute this computation",
        "GET was unable to find an engine to execute this computation",
        "CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`",
    ],
    ids=lambda text: text.split()[0],
)
def test_what_may_be_want_of_memory_is_where_little_is_free(text, free, expected, trained, monkeypatch):
    def fails(*_):
        raise RuntimeError(text)

    monkeypatch.setattr(module, "training_step", lambda *_: fails)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (free, 2**33))
    with pytest.raises(expected, match="memory does not hold" if expected is UserError else text.split("`")[0]):
        trained()


def test_another_error_of_the_device_is_shown_as_it_is(trained, monkeypatch):
    def broken(*_):
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(module, "training_step", lambda *_: broken)
    with pytest.raises(RuntimeError, match="illegal memory access"):
        trained()


def test_days_on_a_cpu_are_refused_before_they_begin(tmp_path, make_run, make_dataset):
    run = make_run(model="resnet56", width=1.0, epochs=100_000)
    run["compute"]["device"] = "auto"
    with pytest.raises(UserError, match="days on its CPU"):
        train(run, make_dataset(channels=3, size=32), CPU, tmp_path, {})
