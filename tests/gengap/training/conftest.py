import pytest
import torch

from gengap.config.schema import option_defaults
from gengap.training.run import train


@pytest.fixture
def options():
    """Options at their defaults, with a narrow network and two epochs."""
    return option_defaults() | {"width": 0.2, "epochs": 2}


@pytest.fixture
def trained(tmp_path, make_run, make_dataset):
    def run(dataset=None, interval_seconds=1000.0, **changed):
        checkpoints, cpu = tmp_path / "checkpoints", torch.device("cpu")
        return train(make_run(**changed), dataset or make_dataset(), cpu, checkpoints, {}, interval_seconds)

    return run
