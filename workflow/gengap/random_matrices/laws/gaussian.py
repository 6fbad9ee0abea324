"""Standard normal entries; their singular values are drawn without ever forming the matrix."""

import numpy as np
from numpy.typing import NDArray

from gengap.random_matrices import bidiagonal

MEAN = 0.0
STANDARD_DEVIATION = 1.0
EXCESS_KURTOSIS = 0.0


def sample(rows: int, columns: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """One matrix of shape (rows, columns) with independent N(0, 1) entries."""
    return generator.standard_normal((rows, columns))


def singular_values(rows: int, columns: int, generator: np.random.Generator, threads: int = 1) -> NDArray[np.float64]:
    """Descending singular values, shape (columns,), of one matrix with rows >= columns.

    They have exactly the law of those of `sample`, at O(columns²) operations of one thread.
    """
    return bidiagonal.singular_values(*bidiagonal.sample_gaussian(rows, columns, generator))
