"""Histograms of singular values of random matrices: what a figure needs of millions of values, as a small table."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gengap.runtime.readers import read_parquet

Size = tuple[int, int]
Values = NDArray[np.float64]

BULK, OUTLIERS = "bulk", "outliers"

_MOST_BINS = 48
_SHARE_SHOWN = 0.999
"""A heavy tail of the entries has a few singular values far above the rest: all but one in a thousand are binned."""


def histograms(spectra: Mapping[Size, str | Path], *, centred: bool) -> pd.DataFrame:
    """Bin the singular values of all repeats, for each size apart.

    Args:
        spectra: by (rows, columns), the Parquet file of all repeats: `repeat`, `index` (0 for the largest) and
            `singular_value`.
        centred: whether the entries have mean zero. Others add one singular value near mean x √(rows x columns) to
            each matrix, far above the bulk, which is binned apart.

    Returns:
        One line per bin, in ascending order: `rows`, `columns`, `part` (`bulk` or `outliers`), `left` and `right` edge,
        `count`, and `total`, the number of all singular values of that size, binned or not.
    """
    return pd.concat([_histograms(size, path, centred=centred) for size, path in spectra.items()], ignore_index=True)


def _histograms(size: Size, path: str | Path, *, centred: bool) -> pd.DataFrame:
    frame = read_parquet(path, ("index", "singular_value"))
    values, index = frame["singular_value"].to_numpy(float), frame["index"].to_numpy()
    outside = np.zeros(len(values), dtype=bool) if centred or size[1] == 1 else index == 0
    parts = ((BULK, values[~outside]), (OUTLIERS, values[outside]))
    return pd.DataFrame(
        [
            {"rows": size[0], "columns": size[1], "part": part, "left": left, "right": right, "count": count}
            | {"total": len(values)}
            for part, chosen in parts
            if len(chosen)
            for left, right, count in _bins(chosen)
        ]
    )


def _bins(values: Values) -> Iterable[tuple[float, float, int]]:
    low, high = float(values.min()), float(np.quantile(values, _SHARE_SHOWN))
    bins = min(_MOST_BINS, max(8, round(math.sqrt(len(values)))))
    edges = np.linspace(low, high, bins + 1) if high > low else np.array([0.99, 1.01]) * low
    return zip(edges[:-1].tolist(), edges[1:].tolist(), np.histogram(values, edges)[0].tolist(), strict=True)
