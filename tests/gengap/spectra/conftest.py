import pytest
import torch

from gengap.models.build import build_model


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def images(generator):
    return torch.randint(0, 256, (320, 1, 16, 16), generator=generator, dtype=torch.uint8)


@pytest.fixture
def model(model_options):
    return build_model("lenet5", (1, 16, 16), 10, model_options(width=0.4), 0)
