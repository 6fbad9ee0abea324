"""A small configuration with something of each kind, as functions of what a test changes."""

import copy

import pytest

from gengap.config import plan
from gengap.config.load import merge

ENTRY = {"model": "lenet5", "dataset": "digits", "recipe": "short", "batch_sizes": [16, 32]}
CONFIG = {
    "run": ["one"],
    "datasets": {
        "digits": {"source": "digits", "image_size": 28, "channels": 1},
        "mnist": {"source": "torchvision", "name": "MNIST"},
    },
    "recipes": {"short": {"epochs": 3, "weight_decay": 0.001}},
    "variants": {"linear": {"activation": "identity", "weight_decay": 0.002}},
    "treatments": {"switch": {"switch_batch_size": 8, "switch_epoch": 0.5}, "equal": {"equal_updates_to": 16}},
    "experiments": {"one": ENTRY, "two": ENTRY, "three": ENTRY},
}


@pytest.fixture
def config():
    """The configuration as a function of changes, which are merged into it as `--configfile` merges."""
    return lambda **changes: merge(copy.deepcopy(CONFIG), changes)


@pytest.fixture
def planned(config):
    """Its plan, likewise."""
    return lambda **changes: plan(config(**changes))
