"""Theory's formulas against integrals, SciPy's distributions and dense SVDs."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import cumulative_trapezoid, quad

from gengap.random_matrices import theory
from gengap.random_matrices.law import load_law


def test_edelmans_law_has_the_published_mean():
    """Of x = √n σ_min with P(x > t) = exp(-t²/2 - t)."""
    mean = quad(lambda t: math.exp(-t * t / 2 - t), 0, 20)[0]
    square = quad(lambda t: 2 * t * math.exp(-t * t / 2 - t), 0, 20)[0]
    assert mean == pytest.approx(theory.SQUARE_MEAN)
    assert mean == pytest.approx(0.65568, abs=5e-6)
    assert math.sqrt(square - mean**2) == pytest.approx(theory.SQUARE_STANDARD_DEVIATION)


@pytest.mark.parametrize("shape", [(100, 3), (100, 60), (100, 100)], ids=str)
@pytest.mark.parametrize("deviation", [1.0, 0.3])
def test_marchenko_pastur_density_has_the_moments_of_the_law(shape, deviation):
    """Of m x n entries of deviation s: E σ² = s²m and E σ⁴ = s⁴m(m + n)."""
    lower, upper = theory.marchenko_pastur_edges(*shape, deviation)
    moments = [
        quad(lambda x, k=power: x**k * theory.marchenko_pastur_density(x, *shape, deviation), lower, upper)[0]
        for power in (0, 2, 4)
    ]
    assert moments == pytest.approx([1, deviation**2 * shape[0], deviation**4 * shape[0] * sum(shape)], rel=1e-6)
    assert not theory.marchenko_pastur_density(np.array([-1.0, upper + 1e-3]), *shape, deviation).any()


@pytest.mark.parametrize("shape", [(1500, 600), (900, 900)], ids=str)
@pytest.mark.parametrize(("name", "distance"), [("gaussian", 0.005), ("uniform", 0.005), ("lognormal", 0.03)])
def test_sampled_bulk_follows_marchenko_and_pastur(name, distance, shape):
    """The largest value is left out: the mean of a law that is not centred puts it outside the bulk."""
    law = load_law(name)
    bulk = law.singular_values(*shape, np.random.default_rng(15))[1:]
    values = np.linspace(*theory.marchenko_pastur_edges(*shape, law.STANDARD_DEVIATION), 10_001)
    density = theory.marchenko_pastur_density(values, *shape, law.STANDARD_DEVIATION)
    shares = cumulative_trapezoid(density, values, initial=0)
    assert stats.kstest(bulk, lambda value: np.interp(value, values, shares)).statistic < distance


@pytest.mark.parametrize("shape", [(300, 20), (200, 200)], ids=str)
@pytest.mark.parametrize("name", ["uniform", "lognormal"])
def test_outlier_is_the_largest_singular_value(name, shape):
    law = load_law(name)
    generator = np.random.default_rng(17)
    largest = [np.linalg.svd(law.sample(*shape, generator), compute_uv=False)[0] for _ in range(100)]
    error = np.std(largest) / math.sqrt(len(largest))
    assert abs(np.mean(largest) - theory.outlier(*shape, law.MEAN, law.STANDARD_DEVIATION)) < 4 * error


def test_without_a_mean_the_largest_value_is_the_edge():
    assert theory.outlier(100, 25, 0.0, 2.0) == pytest.approx(2 * (10 + 5))


@pytest.mark.parametrize(("shape", "bias"), [((120, 20), 2e-3), ((60, 10), 2e-3), ((50, 50), 1e-2)], ids=str)
def test_smallest_gaussian_value_agrees_with_dense_svds(shape, bias):
    repeats = 3000
    matrices = np.random.default_rng(18).standard_normal((repeats, *shape))
    smallest = np.linalg.svd(matrices, compute_uv=False)[:, -1]
    mean, deviation = theory.gaussian_smallest(*shape)
    assert abs(smallest.mean() - mean) < 4 * smallest.std() / math.sqrt(repeats) + bias * mean
    assert deviation == pytest.approx(smallest.std(), rel=0.08)
