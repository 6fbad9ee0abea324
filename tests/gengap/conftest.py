"""What tests of the package share: the options of a network."""

from collections.abc import Callable
from typing import Any

import pytest

MODEL_OPTIONS = {
    "normalization": "batch",
    "batch_norm_momentum": 0.1,
    "batch_norm_epsilon": 1e-5,
    "activation": "relu",
    "pooling": "max",
    "initialization": "he_normal",
    "width": 1.0,
    "units": None,
    "rank_limit": None,
    "input_scaling": "standardize",
}


@pytest.fixture(scope="session")
def model_options() -> Callable[..., dict[str, Any]]:
    """The options of a network as the schema's defaults give them, as a function of those that a test changes."""
    return lambda **changes: MODEL_OPTIONS | changes
