import pytest
import torch

from gengap.config.schema import option_defaults
from gengap.training.run import train

COMPUTE = {
    "device": "cpu",
    "precision": "tf32",
    "deterministic": False,
    "threads": 1,
    "cuda_graphs": True,
    "batch_norm": "native",
}


@pytest.fixture
def options():
    """Options at their defaults, with a narrow network and two epochs."""
    return option_defaults() | {"width": 0.2, "epochs": 2}


@pytest.fixture
def make_run(options):
    """A function that resolves a small run; keywords beyond those of a run are options."""

    def make(model="lenet5", batch_size=32, seed=0, **changed):
        return {
            "experiment": "experiment",
            "model": model,
            "dataset": "patterns",
            "batch_size": batch_size,
            "seed": seed,
            "options": options | changed,
            "compute": dict(COMPUTE),
        }

    return make


@pytest.fixture
def trained(tmp_path, make_run, make_dataset):
    """A function that trains a small run."""

    def run(dataset=None, stamp=None, interval_seconds=1000.0, **changed):
        dataset = dataset or make_dataset()
        return train(
            make_run(**changed), dataset, torch.device("cpu"), tmp_path / "checkpoints", stamp or {}, interval_seconds
        )

    return run
