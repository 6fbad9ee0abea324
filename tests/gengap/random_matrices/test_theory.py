"""Theory's formulas against integrals, SciPy's distributions and dense SVDs."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from gengap.random_matrices import theory
from gengap.random_matrices.law import load_law


def test_edelmans_density_has_the_published_mean_and_matches_its_cdf():
    assert pytest.approx(0.65568, abs=5e-6) == theory.SQUARE_MEAN
    assert quad(lambda x: x * theory.square_smallest_density(x), 0, 20)[0] == pytest.approx(theory.SQUARE_MEAN)
    second = quad(lambda x: x * x * theory.square_smallest_density(x), 0, 20)[0]
    assert math.sqrt(second - theory.SQUARE_MEAN**2) == pytest.approx(theory.SQUARE_STANDARD_DEVIATION)
    for x in (0.1, 0.7, 2.0):
        assert quad(theory.square_smallest_density, 0, x)[0] == pytest.approx(float(theory.square_smallest_cdf(x)))
    assert theory.square_smallest_cdf(-1.0) == 0
    assert theory.square_smallest_density(-1.0) == 0


@pytest.mark.parametrize("shape", [(100, 3), (100, 60), (100, 100)], ids=str)
@pytest.mark.parametrize("deviation", [1.0, 0.3])
def test_marchenko_pastur_density_integrates_to_its_cdf(shape, deviation):
    lower, upper = theory.marchenko_pastur_edges(*shape, deviation)
    for share in (0.05, 0.4, 0.8, 1.0):
        point = lower + share * (upper - lower)
        area = quad(theory.marchenko_pastur_density, lower, point, args=(*shape, deviation), limit=200)[0]
        assert float(theory.marchenko_pastur_cdf(point, *shape, deviation)) == pytest.approx(area, abs=1e-6)
    outside = np.array([-1.0, lower - 1e-3, upper + 1e-3])
    np.testing.assert_allclose(theory.marchenko_pastur_cdf(outside, *shape, deviation), [0, 0, 1], atol=1e-3)
    assert theory.marchenko_pastur_density(upper + 1e-3, *shape, deviation) == 0


@pytest.mark.parametrize("shape", [(1500, 600), (900, 900)], ids=str)
@pytest.mark.parametrize(("name", "distance"), [("gaussian", 0.005), ("uniform", 0.005), ("lognormal", 0.03)])
def test_sampled_bulk_follows_marchenko_and_pastur(name, distance, shape):
    """The largest value is left out: the mean of a law that is not centred puts it outside the bulk."""
    law = load_law(name)
    bulk = law.singular_values(*shape, np.random.default_rng(15))[1:]
    assert stats.kstest(bulk, theory.marchenko_pastur_cdf, args=(*shape, law.STANDARD_DEVIATION)).statistic < distance


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
