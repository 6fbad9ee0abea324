import pytest


@pytest.fixture
def options():
    """Model options as the schema's defaults give them."""
    return {
        "normalization": "batch",
        "batch_norm_momentum": 0.1,
        "batch_norm_epsilon": 1e-5,
        "activation": "relu",
        "pooling": "max",
        "initialization": "he_normal",
        "width": 1.0,
    }
