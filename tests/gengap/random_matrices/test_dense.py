"""The Gram matrix with refinement keeps at least three digits of every value against a float64 SVD."""

import numpy as np
import pytest
import torch

from gengap.random_matrices import dense
from gengap.random_matrices.law import load_law


def with_singular_values(values, rows, seed=0):
    generator = np.random.default_rng(seed)
    columns = len(values)
    left = np.linalg.qr(generator.standard_normal((rows, columns)))[0]
    right = np.linalg.qr(generator.standard_normal((columns, columns)))[0]
    return (left * values) @ right.T


@pytest.mark.parametrize("shape", [(300, 10), (700, 550), (301, 300), (300, 300), (600, 600)], ids=str)
@pytest.mark.parametrize("name", ["gaussian", "uniform", "lognormal"])
def test_every_value_equals_the_svds(name, shape):
    matrix = load_law(name).sample(*shape, np.random.default_rng(12))
    expected = np.linalg.svd(matrix, compute_uv=False)
    values = dense.singular_values(matrix)
    np.testing.assert_allclose(values, expected, rtol=1e-5)
    assert np.all(np.diff(values) <= 0)


@pytest.mark.parametrize("smallest", [1e-3, 1e-5, 1e-6])
@pytest.mark.parametrize("rows", [100, 130])
def test_values_far_below_the_root_of_epsilon_are_refined(smallest, rows, monkeypatch):
    """Known σ down to 1e-10 σ_max; the plain square root of an eigenvalue has no digit there."""
    svdvals = torch.linalg.svdvals

    def only_for_small(matrix):
        assert matrix.shape[1] < 50, "fell back to a dense SVD"
        return svdvals(matrix)

    monkeypatch.setattr(torch.linalg, "svdvals", only_for_small)
    values = np.concatenate([[1e4, 30.0], np.linspace(20, 1, 95), [5 * smallest, 2 * smallest, smallest]])
    found = dense.singular_values(with_singular_values(values, rows))
    # The matrix itself is only known to ε σ_max = 2e-12.
    np.testing.assert_allclose(found, values, rtol=5e-4, atol=2e-11)


def test_many_small_values_fall_back_to_an_svd():
    values = np.concatenate([[1e6], np.geomspace(1e2, 1e-3, 79)])
    np.testing.assert_allclose(dense.singular_values(with_singular_values(values, 90)), values, rtol=1e-5)


@pytest.mark.parametrize(
    ("module", "name", "failure"),
    [(torch.linalg, "cholesky_ex", lambda gram: (gram, torch.tensor(3))), (dense, "_MOST_ITERATIONS", 1)],
)
def test_a_failed_cholesky_and_an_unconverged_iteration_fall_back_to_an_svd(module, name, failure, monkeypatch):
    matrix = with_singular_values(np.concatenate([[1e4], np.linspace(9, 1, 30), [1e-6]]), 40)
    monkeypatch.setattr(module, name, failure)
    np.testing.assert_allclose(dense.singular_values(matrix)[-1], 1e-6, rtol=1e-4)


@pytest.mark.parametrize(
    "matrix",
    [np.zeros((6, 4)), np.ones((40, 30)), np.repeat(np.random.default_rng(1).random((50, 25)), 2, axis=1)],
    ids=["zeros", "rank one", "equal columns"],
)
def test_rank_deficient_matrices_give_zeros_to_rounding(matrix):
    expected = np.linalg.svd(matrix, compute_uv=False)
    np.testing.assert_allclose(dense.singular_values(matrix), expected, rtol=1e-6, atol=1e-13 * (1 + expected[0]))


def test_wide_matrix_is_refused():
    with pytest.raises(ValueError, match="rows >= columns"):
        dense.singular_values(np.ones((3, 4)))
