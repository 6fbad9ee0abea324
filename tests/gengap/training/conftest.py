import numpy as np
import pytest
import torch

from gengap.config.schema import option_defaults
from gengap.data.store import ImageDataset
from gengap.training.run import train

COMPUTE = {
    "device": "cpu",
    "precision": "tf32",
    "deterministic": False,
    "threads": 1,
    "cuda_graphs": True,
    "batch_norm": "native",
}


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    torch.set_num_threads(1)


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
def make_dataset():
    """A function that draws a data set whose classes can be told apart: a pattern each, and noise."""

    def make(train=150, test=60, channels=1, size=16, classes=4, seed=0):
        random = np.random.default_rng(seed)
        patterns = random.integers(0, 200, (classes, channels, size, size))

        def split(count):
            labels = random.integers(0, classes, count)
            noise = random.integers(0, 56, (count, channels, size, size))
            return torch.from_numpy((patterns[labels] + noise).astype(np.uint8)), torch.from_numpy(labels)

        names = tuple(f"class {number}" for number in range(classes))
        return ImageDataset(*split(train), *split(test), classes=names, name="patterns", source="drawn for a test")

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
