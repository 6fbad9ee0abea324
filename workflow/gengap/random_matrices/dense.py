"""Singular values of a dense matrix with rows >= columns, in float64, faster than a dense SVD.

The eigenvalues of the Gram matrix AᵀA cost a quarter of an SVD of a square A and far less of a tall one, but
carry an error of about ε σ_max², which is all that is left of the smallest ones when A is square. Their
eigenvectors have an error of only ε σ_max² over the gap to the rest of the spectrum, and the norms ‖Av‖ are
stationary there. So the few smallest values are found anew from A itself, in the space that inverse iteration with
the Cholesky factor of AᵀA leads to (Rayleigh-Ritz; Parlett 1998, The Symmetric Eigenvalue Problem, chapters
4, 11 and 14). With δ = ε σ_max² / σ_k, σ_k the first value outside that space, they come out as √(σ² + O(δ²)): for
4000 x 4000 lognormal entries δ is about 2e-8, a millionth of the typical σ_min.
"""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_EPSILON = torch.finfo(torch.float64).eps
_FLOOR = 1e5 * _EPSILON
"""Eigenvalues below this share of the largest may have fewer than four digits and are found anew."""
_MOST_REFINED = 32
"""With more small values than this the matrix is not one whose spectrum a Gram matrix can give: take an SVD."""
_GUARD_VECTORS = 8
"""Vectors iterated beyond those wanted: the iteration converges by the ratio of the eigenvalues inside to outside."""
_TOLERANCE = 1e-8
"""Relative change between two iterations at which the smallest values have converged."""
_MOST_ITERATIONS = 30
_PANEL = 512
"""Columns of the Gram matrix computed by one product; the triangle above the diagonal panels is left out."""


def singular_values(matrix: NDArray[np.float64], threads: int = 1) -> NDArray[np.float64]:
    """Singular values of a matrix, descending, each with at least four digits.

    Args:
        matrix: shape (rows, columns), rows >= columns.
        threads: CPU threads of PyTorch from now on in this process.

    Raises:
        ValueError: the matrix is wider than tall.
    """
    if matrix.shape[0] < matrix.shape[1]:
        raise ValueError(f"need rows >= columns, got shape {matrix.shape}")
    torch.set_num_threads(threads)
    return _singular_values(torch.from_numpy(matrix)).numpy()


def _singular_values(matrix: Tensor) -> Tensor:
    gram = _gram_matrix(matrix)
    eigenvalues = torch.linalg.eigvalsh(gram, UPLO="L")
    values = eigenvalues.clamp(min=0.0).sqrt()
    inexact = int((eigenvalues < _FLOOR * eigenvalues[-1]).sum())
    if inexact:
        smallest = None
        if inexact <= _MOST_REFINED:
            smallest = _smallest_values(matrix, gram, inexact, eigenvalues[-1])
        if smallest is None:
            return torch.linalg.svdvals(matrix)
        values[:inexact] = smallest
    return values.flip(0)


def _gram_matrix(matrix: Tensor) -> Tensor:
    """AᵀA, of which only the lower triangle is to be read."""
    columns = matrix.shape[1]
    # Zeros, not empty: a stray NaN above the diagonal would reach an eigensolver that scales the whole array.
    gram = matrix.new_zeros(columns, columns)
    for start in range(0, columns, _PANEL):
        panel = slice(start, start + _PANEL)
        torch.mm(matrix[:, start:].mT, matrix[:, panel], out=gram[start:, panel])
    return gram


def _smallest_values(matrix: Tensor, gram: Tensor, count: int, largest_eigenvalue: Tensor) -> Tensor | None:
    """The `count` smallest singular values, ascending, or `None` where the iteration does not converge.

    The Gram matrix is changed: its diagonal is raised by the rounding error that Cholesky's method must be
    safe from (Higham 2002, Accuracy and Stability of Numerical Algorithms, chapter 10).
    """
    columns = matrix.shape[1]
    gram.diagonal().add_(columns * _EPSILON * largest_eigenvalue)
    factor, failed = torch.linalg.cholesky_ex(gram)
    if failed:
        return None
    block = min(columns, count + _GUARD_VECTORS)
    vectors = torch.randn(columns, block, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    before = None
    for _ in range(_MOST_ITERATIONS):
        vectors = torch.linalg.qr(torch.cholesky_solve(vectors, factor)).Q
        values = torch.linalg.svdvals(matrix @ vectors).flip(0)[:count]
        if before is not None and bool(((values - before).abs() <= _TOLERANCE * values).all()):
            return values
        before = values
    return None
