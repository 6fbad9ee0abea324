"""Exact singular values of a given bidiagonal matrix."""

import numpy as np
import pytest

from gengap.random_matrices import bidiagonal


def dense_svd(diagonal, superdiagonal):
    return np.linalg.svd(np.diag(diagonal) + np.diag(superdiagonal, 1), compute_uv=False)


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (60, 2), (300, 300), (400, 250)], ids=str)
def test_values_equal_numpys_svd_and_inputs_are_left_as_they_are(shape):
    bands = bidiagonal.sample_gaussian(*shape, np.random.default_rng(6))
    before = [band.copy() for band in bands]
    expected = dense_svd(*bands)
    np.testing.assert_allclose(bidiagonal.singular_values(*bands), expected, rtol=1e-6)
    number = min(5, shape[1])
    smallest = bidiagonal.smallest_singular_values(*bands, number)
    np.testing.assert_allclose(smallest, expected[::-1][:number], rtol=1e-9)
    for band, copy in zip(bands, before, strict=True):
        np.testing.assert_array_equal(band, copy)


def test_tiny_values_that_squares_would_lose_are_kept():
    """With σ_min / σ_max = 1e-10, far below √ε, the eigenvalues of BᵀB hold no digit of σ_min."""
    diagonal, superdiagonal = bidiagonal.sample_gaussian(80, 80, np.random.default_rng(7))
    diagonal[40] = 1e-6
    expected = dense_svd(diagonal, superdiagonal)
    assert expected[-1] / expected[0] < 1e-9
    values = bidiagonal.singular_values(diagonal, superdiagonal)
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    assert np.all(np.diff(values) <= 0)
