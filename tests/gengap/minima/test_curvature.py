"""Curvature against NumPy's eigenvalues and gradients whose law is known."""

import numpy as np
import pytest

from gengap.minima.curvature import curvature


class Known:
    """A quadratic with a Hessian of one's choice, whose gradients have noise from chunk to chunk."""

    def __init__(self, hessian, gradients, counts, loss=1.0):
        self.point = np.zeros(len(hessian))
        self.hessian, self.gradients, self.counts, self.loss = hessian, gradients, counts, loss

    def chunks(self, point):
        yield from ((count, self.loss, gradient) for count, gradient in zip(self.counts, self.gradients, strict=True))

    def hessian_product(self, point, vector):
        return self.hessian @ vector


@pytest.fixture
def known():
    random = np.random.default_rng(0)
    root = random.standard_normal((40, 40))
    hessian = (root + root.T) / 2
    counts = np.tile([50, 100], 200)
    mean, deviation = np.full(40, 0.3), 2.0
    noise = random.standard_normal((400, 40)) * deviation / np.sqrt(counts)[:, None]
    return Known(hessian, mean + noise, counts)


def measured(objective, scale=None, **changes):
    scale = np.ones(len(objective.point)) if scale is None else scale
    return curvature(objective, scale, **({"eigenvalues": 3, "trace_samples": 400, "seed": 0} | changes))


@pytest.mark.parametrize("scale", [np.ones(40), np.linspace(0.5, 2, 40)])
def test_eigenvalues_and_trace(known, scale):
    found = measured(known, scale)
    matrix = scale[:, None] * known.hessian * scale
    expected = np.linalg.eigvalsh(matrix)
    assert [found[f"eigenvalue_{k}"] for k in (1, 2, 3)] == pytest.approx(expected[:-4:-1], rel=1e-3)
    assert found["smallest_eigenvalue"] == pytest.approx(expected[0], rel=1e-2)
    assert abs(found["trace"] - np.trace(matrix)) < 4 * found["trace_error"]
    # The variance of Hutchinson's estimate with random signs.
    off_diagonal = np.square(matrix).sum() - np.square(np.diag(matrix)).sum()
    assert found["trace_error"] == pytest.approx(np.sqrt(2 * off_diagonal / 400), rel=0.15)


def test_a_diagonal_matrix_has_its_trace_exactly(known):
    known.hessian = np.diag(np.arange(40.0))
    assert measured(known, trace_samples=2)["trace"] == pytest.approx(780)


def test_the_variance_of_one_images_gradient_and_the_noise_scale(known):
    found = measured(known)
    assert found["gradient_variance"] == pytest.approx(40 * 4, rel=0.05)
    assert found["noise_scale"] == pytest.approx(40 * 4 / (40 * 0.09), rel=0.1)
    assert found["gradient_norm"] == pytest.approx(np.sqrt(40 * 0.09), rel=0.05)


def test_a_network_that_diverged_has_no_eigenvalues(known):
    known.loss = np.nan
    found = measured(known)
    assert found["hessian_products"] == 0
    assert np.isnan([found["eigenvalue_1"], found["smallest_eigenvalue"], found["trace"]]).all()
