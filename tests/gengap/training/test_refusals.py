"""Trainings that are refused, each in one sentence and before hours have passed."""

import re

import pytest
import torch

from gengap.errors import UserError
from gengap.training import run as module


@pytest.mark.parametrize("batch_size", [149, 1])
def test_a_batch_of_one_image_is_refused_where_batch_norm_cannot_normalise_it(batch_size, trained):
    with pytest.raises(UserError, match="leave a batch of one image, which batch norm cannot normalise"):
        trained(batch_size=batch_size)


def test_a_batch_of_one_image_trains_where_it_can(trained):
    assert trained(batch_size=149, normalization="none", epochs=1).metrics["updates"] == 2
    assert trained(batch_size=149, model="resnet56", width=0.1, epochs=1).metrics["updates"] == 2


TOO_LITTLE = "memory does not hold lenet5 at batch size 32; .*lower the batch size"
LITTLE, MUCH = 2**28, 2**32


@pytest.mark.parametrize(
    ("error", "free", "told"),
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."), MUCH, True),
        (RuntimeError("cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED"), MUCH, True),
        # These may be want of memory where little is free.
        (RuntimeError("GET was unable to find an engine to execute this computation"), LITTLE, True),
        (RuntimeError("CUDA error: CUBLAS_STATUS_NOT_INITIALIZED"), MUCH, False),
        (RuntimeError("CUDA error: an illegal memory access was encountered"), LITTLE, False),
    ],
)
def test_a_gpu_that_is_too_small_is_told_and_other_errors_stay_as_they_are(error, free, told, trained, monkeypatch):
    def fails(*_):
        raise error

    monkeypatch.setattr(module, "training_step", lambda *_: fails)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (free, 2**33))
    with pytest.raises(UserError if told else RuntimeError, match=TOO_LITTLE if told else re.escape(str(error))):
        trained()
