"""Gaussian matrices in bidiagonal form: the exact law of their singular values in O(n²) operations.

Householder reflections from both sides take an m x n matrix (m >= n) of independent standard normal entries to
an upper bidiagonal one with independent chi-distributed entries, of m, m - 1, ..., m - n + 1 degrees of freedom
on the diagonal and n - 1, ..., 1 beside it, and leave the singular values as they are (Silverstein 1985, Ann.
Probab. 13, 1364; Dumitriu and Edelman 2002, J. Math. Phys. 43, 5830).
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigvalsh_tridiagonal

Vector = NDArray[np.float64]

_FLOOR = 1e6 * np.finfo(np.float64).eps
"""Eigenvalues of BᵀB below this share of the largest have fewer than about five digits and are found anew."""


def sample_gaussian(rows: int, columns: int, generator: np.random.Generator) -> tuple[Vector, Vector]:
    """Diagonal, shape (columns,), and superdiagonal, shape (columns - 1,), of the bidiagonal model.

    The bidiagonal matrix has the singular values of a rows x columns matrix of N(0, 1) entries; rows >= columns.
    """
    diagonal = np.sqrt(generator.chisquare(np.arange(rows, rows - columns, -1)))
    superdiagonal = np.sqrt(generator.chisquare(np.arange(columns - 1, 0, -1)))
    return diagonal, superdiagonal


def singular_values(diagonal: Vector, superdiagonal: Vector) -> Vector:
    """All singular values of an upper bidiagonal matrix B of order n, descending, shape (n,).

    Square roots of the eigenvalues of the tridiagonal BᵀB by the root-free QR iteration, which is the fastest
    but perturbs each eigenvalue by about ε σ_max². So the smallest values are found anew by bisection.
    """
    squares = diagonal**2
    squares[1:] += superdiagonal**2
    if len(squares) == 1:
        return np.abs(diagonal)
    eigenvalues = eigvalsh_tridiagonal(squares, diagonal[:-1] * superdiagonal, lapack_driver="sterf")
    inexact = int(np.searchsorted(eigenvalues, _FLOOR * eigenvalues[-1]))
    values = np.sqrt(np.maximum(eigenvalues, 0.0))
    if inexact:
        values[:inexact] = smallest_singular_values(diagonal, superdiagonal, inexact)
    return values[::-1].copy()


def smallest_singular_values(diagonal: Vector, superdiagonal: Vector, count: int = 1) -> Vector:
    """The `count` smallest singular values of an upper bidiagonal matrix, ascending, shape (count,).

    Bisection on the Golub-Kahan form, the 2n x 2n tridiagonal matrix with a zero diagonal whose eigenvalues are
    ±σ_i (Golub and Kahan 1965, SIAM J. Numer. Anal. 2, 205): O(n) operations for each value, with an error
    of about ε σ_max whatever its size.
    """
    order = len(diagonal)
    interleaved = np.empty(2 * order - 1)
    interleaved[0::2], interleaved[1::2] = diagonal, superdiagonal
    return eigvalsh_tridiagonal(
        np.zeros(2 * order),
        interleaved,
        select="i",
        select_range=(order, order + count - 1),
        lapack_driver="stebz",
    )
