"""Entries uniform on [0, 1], not centred: the law that the values of Table A2 agree with."""

import math

import numpy as np
from numpy.typing import NDArray

MEAN = 0.5
STANDARD_DEVIATION = 1 / math.sqrt(12)
EXCESS_KURTOSIS = -6 / 5


def sample(rows: int, columns: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """One matrix of shape (rows, columns) with independent U(0, 1) entries."""
    return generator.random((rows, columns))


def singular_values(rows: int, columns: int, generator: np.random.Generator, threads: int = 1) -> NDArray[np.float64]:
    """Descending singular values, shape (columns,), of one matrix with rows >= columns."""
    from gengap.random_matrices import dense  # PyTorch, which who only asks for the law does without

    return dense.singular_values(sample(rows, columns, generator), threads)
