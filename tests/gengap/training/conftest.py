import pytest
import torch

from gengap.config.schema import option_defaults
from gengap.training.run import train


@pytest.fixture
def options():
    """Options at their defaults, with a narrow network and two epochs."""
    return option_defaults() | {"width": 0.2, "epochs": 2}


@pytest.fixture(
    params=[
        ("lenet5", 1, 16, {}),
        ("lenet5", 1, 16, {"normalization": "none", "momentum_reset": "every_epoch"}),
        ("vgg16", 3, 32, {"augmentation": "crop_flip"}),
        ("resnet56", 3, 8, {"augmentation": "crop_flip"}),
    ],
    ids=["lenet5", "lenet5 without batch norm", "vgg16", "resnet56"],
)
def each_network(request):
    """Name, channels and size of images, and options."""
    return request.param


@pytest.fixture
def trained(tmp_path, make_run, make_dataset):
    def run(dataset=None, interval_seconds=1000.0, **changed):
        checkpoints, cpu = tmp_path / "checkpoints", torch.device("cpu")
        return train(make_run(**changed), dataset or make_dataset(), cpu, checkpoints, {}, interval_seconds)

    return run
