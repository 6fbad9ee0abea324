"""Made-up counts and singular values, as the stages before would have measured them."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

LONG_TITLE = "LeNet-5 without batch normalization on Fashion-MNIST (decayed parameters: weights)"
MODES = ("batch", "channel", "height", "width")
SIZES = (128, 512, 1024, 2048, 4096, 8192)


def counts_of_experiment(
    experiment: str = "lenet5_mnist",
    *,
    sizes: Sequence[int] = SIZES,
    seeds: Sequence[int] = (0,),
    fed: Sequence[int] | None = None,
    linear: bool = False,
    lost: int = 0,
    diverged: Sequence[tuple[int, int]] = (),
) -> pd.DataFrame:
    """Totals of one experiment: every network fed its own size and all in `fed` (all of `sizes` if not given).

    `lost` + seed units for each doubling of the training batch size beyond 64 are lost in every convention;
    `diverged` names networks by (batch size, seed).
    """
    fed = sizes if fed is None else fed
    frames = []
    for seed in seeds:
        cells, shape_floors, rank_floors = {}, {}, {}
        for trained in (None, *sizes):
            for batch in sorted({*fed, *((trained,) if trained else sizes)}):
                rank = max(0, 3 * batch - 784) if linear else 0
                extra = (lost + seed) * int(np.log2(trained / 64)) if trained and lost else 0
                for convention, floor in (("literal", 0), ("thin", 0), ("full", _structural_zeros(batch))):
                    shape_floors[convention, batch], rank_floors[convention, batch] = floor, floor + rank
                    count = None if (trained, seed) in diverged else floor + rank + extra
                    cells[convention, trained, batch] = count
        of_seed = counts_of_cells(cells, experiment, rank_floors, shape_floors).assign(seed=seed)
        frames += [of_seed.assign(threshold_kind="relative", threshold=1e-6)]
        frames += [of_seed.assign(threshold=threshold) for threshold in (1e-4, 1e-5)]
    return pd.concat(frames, ignore_index=True)


def _structural_zeros(fed: int) -> int:
    """Zeros that the shapes of LeNet-5's two convolutions and two matrices force in the full convention."""
    matrices = sum(abs(fed - units) for units in (500, 10))
    return matrices + sum(max(0, fed - features) for features in (11520, 3200))


def counts_of_cells(
    cells: Mapping[tuple[str, int | None, int], int | None],
    experiment: str = "lenet5",
    floors: Mapping[tuple[str, int], int] | None = None,
    shape_floors: Mapping[tuple[str, int], int] | None = None,
) -> pd.DataFrame:
    """Counts at 1e-4 by (convention, trained or None, fed), and floors by (convention, fed)."""
    floors = floors or {}
    shape_floors = floors if shape_floors is None else shape_floors
    rows = [
        {
            "experiment": experiment,
            "seed": 0,
            "state": "trained" if trained else "untrained",
            "trained_batch_size": trained,
            "fed_batch_size": fed,
            "convention": convention,
            "threshold_kind": "absolute",
            "threshold": 1e-4,
            "count": count,
            "shape_floor": shape_floors.get((convention, fed), 0),
            "rank_floor": floors.get((convention, fed), 0),
        }
        for (convention, trained, fed), count in cells.items()
    ]
    return pd.DataFrame(rows).astype({"trained_batch_size": "Int64", "count": "Int64"})


def spectrum(fed, layers, values=None, bounds=None):
    """A table as `measure` returns it: ones, but for the values and bounds given by (layer, mode)."""
    rows = []
    for position, (layer, features) in enumerate(layers.items()):
        shape = (fed, *features)
        kind = "input" if layer == "input" else "conv" if len(features) == 3 else "linear"
        for mode, size in zip(MODES, shape, strict=False):
            thin = min(size, int(np.prod(shape)) // size)
            chosen = (values or {}).get((layer, mode), np.ones(thin))
            bound = (bounds or {}).get((layer, mode), thin)
            rows += [
                (fed, layer, position, kind, mode, size, thin, bound, index, value)
                for index, value in enumerate(chosen)
            ]
    names = ["fed_batch_size", "layer", "layer_index", "kind", "mode", "mode_size", "thin_size", "rank_bound", "index"]
    return pd.DataFrame(rows, columns=[*names, "singular_value"])


def random_spectrum(fed: int, layers: Mapping[str, tuple[int, ...]], seed: int = 0) -> pd.DataFrame:
    """Values of which a third is near zero, the same for both modes of a matrix; bounds are two below full rank."""
    generator, values, bounds = np.random.default_rng(seed), {}, {}
    for layer, features in layers.items():
        shape = (fed, *features)
        for mode, size in zip(MODES, shape, strict=False):
            thin = min(size, int(np.prod(shape)) // size)
            first = layer, MODES[0]
            drawn = np.sort(10.0 ** generator.uniform(-9, 3, thin))[::-1]
            values[layer, mode] = values[first] if len(features) == 1 and first in values else drawn
            bounds[layer, mode] = max(1, thin - 2)
    return spectrum(fed, layers, values, bounds)
