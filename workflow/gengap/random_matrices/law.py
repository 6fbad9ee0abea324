"""What a law of matrix entries has to offer, and how it is found by name."""

import importlib
import pkgutil
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from gengap.errors import UserError
from gengap.random_matrices import laws


class Law(Protocol):
    """A module in `gengap.random_matrices.laws`; to add a law is to add such a module."""

    MEAN: float
    """Mean of one entry."""
    STANDARD_DEVIATION: float
    """Standard deviation of one entry."""
    EXCESS_KURTOSIS: float
    """Fourth central moment over the squared variance, less the Gaussian's 3."""

    def sample(self, rows: int, columns: int, generator: np.random.Generator) -> NDArray[np.float64]:
        """One matrix of shape (rows, columns) with independent entries."""
        ...

    def singular_values(
        self, rows: int, columns: int, generator: np.random.Generator, threads: int = 1
    ) -> NDArray[np.float64]:
        """The singular values of one such matrix, descending, shape (columns,); rows >= columns.

        `threads` are those of PyTorch, where it is used.
        """
        ...


def load_law(name: str) -> Law:
    """The law of that name.

    Raises:
        UserError: there is no such law.
    """
    known = sorted(module.name for module in pkgutil.iter_modules(laws.__path__))
    if name not in known:
        raise UserError(f"There is no law `{name}` of random matrices; choose one of {', '.join(known)}.")
    return cast(Law, importlib.import_module(f"gengap.random_matrices.laws.{name}"))
