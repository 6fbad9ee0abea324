"""What tests of the package share: the options of a network, and measurements of made-up networks."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gengap.exhibits.files import Files

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


@pytest.fixture(scope="session")
def make_spectrum() -> Callable[..., pd.DataFrame]:
    """A spectrum as `measure` returns it."""
    return spectrum


def spectrum(fed: int, layers: Mapping[str, tuple[int, ...]], seed: int = 0) -> pd.DataFrame:
    """Rows of layers of the given feature shapes, fed one batch; a third of the values is near zero."""
    generator, rows = np.random.default_rng(seed), []
    for position, (layer, features) in enumerate(layers.items()):
        shape = (fed, *features)
        kind = "input" if layer == "input" else "conv" if len(features) == 3 else "linear"
        thin = [min(size, int(np.prod(shape)) // size) for size in shape]
        values = [np.sort(10.0 ** generator.uniform(-9, 3, size))[::-1] for size in thin]
        if kind == "linear":
            values = [values[0]] * 2
        for mode, size, length, chosen in zip(
            ("batch", "channel", "height", "width"), shape, thin, values, strict=False
        ):
            rows += [
                (fed, layer, position, kind, mode, size, length, max(1, length - 2), index, value)
                for index, value in enumerate(chosen)
            ]
    names = ["fed_batch_size", "layer", "layer_index", "kind", "mode", "mode_size", "thin_size", "rank_bound", "index"]
    return pd.DataFrame(rows, columns=[*names, "singular_value"])


@pytest.fixture(scope="session")
def make_counts() -> Callable[..., pd.DataFrame]:
    """Counts as `read_counts` returns them."""
    return counts


def counts(
    cells: Mapping[tuple[str, int | None, int], int],
    experiment: str = "lenet5",
    floors: Mapping[tuple[str, int], int] | None = None,
) -> pd.DataFrame:
    """Counts at 1e-4 by (convention, trained or None, fed), and floors by (convention, fed)."""
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
            "threshold": 1e-4,
            "count": count,
            "shape_floor": (floors or {}).get((convention, fed), 0),
            "rank_floor": (floors or {}).get((convention, fed), 0),
            "values": 1000,
        }
        for (convention, trained, fed), count in cells.items()
    ]
    return pd.DataFrame(rows).astype({"trained_batch_size": "Int64", "count": "Int64"})


@pytest.fixture
def files_of(tmp_path: Any) -> Callable[..., Files]:
    """The files of an exhibit, written from one table of each kind."""

    def written(**frames: pd.DataFrame) -> Files:
        for kind, frame in frames.items():
            frame.to_csv(tmp_path / f"{kind}.csv", index=False)
        return Files({kind: [str(tmp_path / f"{kind}.csv")] for kind in frames})

    return written
