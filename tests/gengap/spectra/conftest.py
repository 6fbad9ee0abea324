import pytest
import torch

MODEL_OPTIONS = {
    "normalization": "batch",
    "batch_norm_momentum": 0.1,
    "batch_norm_epsilon": 1e-5,
    "activation": "relu",
    "pooling": "max",
    "initialization": "he_normal",
    "width": 1.0,
    "input_scaling": "standardize",
}


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def model_options():
    """The model options of the configuration, as a function of those that a test changes."""
    return lambda **changes: MODEL_OPTIONS | changes


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)
