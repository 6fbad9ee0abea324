"""Spectra and counts of made-up networks, in the formats of the earlier stages."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

# Tests import it by this name.
SAMPLES = importlib.util.spec_from_file_location("claim_samples", Path(__file__).with_name("claim_samples.py"))
sys.modules[SAMPLES.name] = importlib.util.module_from_spec(SAMPLES)
SAMPLES.loader.exec_module(sys.modules[SAMPLES.name])

MODES = ("batch", "channel", "height", "width")


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def spectrum(fed, layers, seed=0):
    """A table as `measure` returns it for layers of the given feature shapes; a third of the values is near zero."""
    generator, rows = np.random.default_rng(seed), []
    for position, (layer, features) in enumerate(layers.items()):
        shape = (fed, *features)
        kind = "input" if layer == "input" else "conv" if len(features) == 3 else "linear"
        thin = [min(size, int(np.prod(shape)) // size) for size in shape]
        values = [np.sort(10.0 ** generator.uniform(-9, 3, size))[::-1] for size in thin]
        if kind == "linear":
            values = [values[0]] * 2
        for mode, size, length, chosen in zip(MODES, shape, thin, values, strict=False):
            rows += [
                (fed, layer, position, kind, mode, size, length, max(1, length - 2), index, value)
                for index, value in enumerate(chosen)
            ]
    names = ["fed_batch_size", "layer", "layer_index", "kind", "mode", "mode_size", "thin_size", "rank_bound", "index"]
    return pd.DataFrame(rows, columns=[*names, "singular_value"])


def counts(cells, experiment="lenet5", thresholds=(1e-4,), floors=None, rank_floor=None):
    """Totals from `cells`: (convention, trained or None, fed) -> count; floors by (convention, fed)."""
    rows = [
        {
            "experiment": experiment,
            "dataset": "mnist",
            "model": "lenet5",
            "seed": 0,
            "state": "trained" if trained else "untrained",
            "trained_batch_size": trained,
            "fed_batch_size": fed,
            "convention": convention,
            "threshold_kind": "absolute",
            "threshold": threshold,
            "count": count,
            "shape_floor": (floors or {}).get((convention, fed), 0),
            "rank_floor": (rank_floor or floors or {}).get((convention, fed), 0),
            "values": 1000,
        }
        for (convention, trained, fed), count in cells.items()
        for threshold in thresholds
    ]
    return pd.DataFrame(rows).astype({"trained_batch_size": "Int64", "count": "Int64"})


@pytest.fixture
def make_spectrum():
    return spectrum


@pytest.fixture
def make_counts():
    return counts
