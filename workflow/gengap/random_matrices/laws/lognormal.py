"""Entries exp(z) with z standard normal: mean e^(1/2), variance (e - 1) e, heavy tails."""

import math

import numpy as np
from numpy.typing import NDArray

MEAN = math.exp(0.5)
STANDARD_DEVIATION = math.sqrt((math.e - 1) * math.e)
EXCESS_KURTOSIS = math.exp(4) + 2 * math.exp(3) + 3 * math.exp(2) - 6


def sample(rows: int, columns: int, generator: np.random.Generator) -> NDArray[np.float64]:
    """One matrix of shape (rows, columns) with independent lognormal(0, 1) entries."""
    # A vectorised exponential in place: faster than `Generator.lognormal`, which takes them one by one.
    matrix = generator.standard_normal((rows, columns))
    return np.exp(matrix, out=matrix)


def singular_values(rows: int, columns: int, generator: np.random.Generator, threads: int = 1) -> NDArray[np.float64]:
    """Descending singular values, shape (columns,), of one matrix with rows >= columns."""
    from gengap.random_matrices import dense  # PyTorch, which who only asks for the law does without

    return dense.singular_values(sample(rows, columns, generator), threads)
