"""Every law's constants are those of its entries, and its fast spectrum has the law of a dense SVD's."""

import math

import numpy as np
import pytest
from scipy import stats

from gengap.random_matrices.law import load_law
from gengap.random_matrices.streams import stream

ENTRIES = {"gaussian": stats.norm(), "uniform": stats.uniform(), "lognormal": stats.lognorm(s=1.0)}
LAWS = list(ENTRIES)


@pytest.mark.parametrize("name", LAWS)
def test_constants_are_the_moments_of_the_entries(name):
    law = load_law(name)
    mean, variance, kurtosis = ENTRIES[name].stats("mvk")
    assert pytest.approx(mean, abs=1e-12) == law.MEAN
    assert pytest.approx(math.sqrt(variance)) == law.STANDARD_DEVIATION
    assert pytest.approx(kurtosis, abs=1e-12) == law.EXCESS_KURTOSIS


@pytest.mark.parametrize("name", LAWS)
def test_entries_follow_the_law_and_fill_the_shape(name):
    matrix = load_law(name).sample(120, 70, np.random.default_rng(5))
    assert matrix.shape == (120, 70)
    assert matrix.dtype == np.float64
    assert stats.kstest(matrix.ravel(), ENTRIES[name].cdf).pvalue > 1e-3
    rows_correlation = np.corrcoef(matrix[0], matrix[1])[0, 1]
    assert abs(rows_correlation) < 0.5


@pytest.mark.parametrize("shape", [(12, 8), (9, 9)], ids=str)
@pytest.mark.parametrize("name", LAWS)
def test_spectra_have_the_law_of_a_dense_svd(name, shape):
    """Two-sample Kolmogorov-Smirnov; matrices are small so that one degree of freedom too many would show."""
    law, repeats = load_law(name), 4000
    ours = np.stack([law.singular_values(*shape, stream(1, name, *shape, repeat)) for repeat in range(repeats)])
    matrices = ENTRIES[name].rvs(size=(repeats, *shape), random_state=np.random.RandomState(2))
    dense = np.linalg.svd(matrices, compute_uv=False)
    assert ours.shape == dense.shape
    for part in (np.s_[:, -1], np.s_[:, 0], np.s_[:, 1:-1]):
        assert stats.ks_2samp(ours[part].ravel(), dense[part].ravel()).pvalue > 1e-3
