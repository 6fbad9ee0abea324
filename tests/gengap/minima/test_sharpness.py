"""Sharpness against maxima that are known: linear and quadratic losses."""

import itertools

import numpy as np
import pytest

from gengap.minima.sharpness import coordinates, random_basis, sharpness


class Quadratic:
    """f(x) = c + gᵀ(x − x₀) + ½(x − x₀)ᵀH(x − x₀) about its `point` x₀."""

    def __init__(self, point, slope=0.0, hessian=0.0, constant=0.0):
        self.point, self.constant = np.asarray(point, float), constant
        self.slope = np.broadcast_to(slope, self.point.shape)
        self.hessian = hessian * np.eye(len(self.point)) if np.ndim(hessian) < 2 else hessian

    def value_and_gradient(self, point):
        step = point - self.point
        bent = self.hessian @ step
        return self.constant + float(self.slope @ step + step @ bent / 2), self.slope + bent


def largest(objective, basis, epsilon=1e-3, starts=3):
    return sharpness(objective, basis, epsilon, starts=starts, iterations=10, seed=0)["sharpness"].max()


def test_a_diagonal_quadratic_at_its_minimum():
    curvatures = np.random.default_rng(0).uniform(0.1, 100, 1000)
    objective = Quadratic(np.zeros(1000), hessian=np.diag(curvatures))
    table = sharpness(objective, np.ones(1000), 1e-3, starts=2, iterations=10, seed=0)
    # At an exact minimum the search from the middle has no direction; from elsewhere it finds every corner.
    assert table["sharpness"].tolist() == pytest.approx([0, 50 * 1e-6 * curvatures.sum()])
    assert table["at_bound_percent"].tolist() == [0, 100]


def test_a_slope_and_the_width_of_the_box():
    random = np.random.default_rng(1)
    point, slope, scale = random.standard_normal(50), random.standard_normal(50), random.uniform(0.5, 2, 50)
    objective = Quadratic(point, slope=slope, constant=0.25)
    full = 100 * (np.abs(slope) * 1e-3 * (np.abs(point) + 1)).sum() / 1.25
    assert largest(objective, np.ones(50)) == pytest.approx(full)
    # A rescaled network has the parameters x/s, and the slopes s·g.
    rescaled = 100 * (np.abs(slope * scale) * 1e-3 * (np.abs(point / scale) + 1)).sum() / 1.25
    assert largest(objective, scale) == pytest.approx(rescaled)


def test_a_subspace_of_coordinates_is_the_box_of_these():
    random = np.random.default_rng(2)
    objective = Quadratic(random.standard_normal(30), slope=random.standard_normal(30), hessian=3.0)
    basis = np.eye(30, 4)
    part = Quadratic(objective.point[:4], slope=objective.slope[:4], hessian=3.0)
    assert largest(objective, basis) == pytest.approx(largest(part, np.ones(4)))


@pytest.mark.parametrize("seed", range(5))
def test_a_dense_quadratic_is_never_above_its_best_corner_and_near_it(seed):
    random = np.random.default_rng(seed)
    root = random.standard_normal((7, 7))
    objective = Quadratic(np.zeros(7), hessian=root @ root.T)
    corners = [
        objective.value_and_gradient(1e-2 * np.array(signs))[0] for signs in itertools.product([-1, 1], repeat=7)
    ]
    found = largest(objective, np.ones(7), epsilon=1e-2, starts=10)
    assert 0.85 * max(corners) <= found / 100 <= max(corners) * (1 + 1e-9)


def test_coordinates_are_those_of_the_pseudoinverse():
    basis, point = random_basis(500, 20, 0), np.random.default_rng(3).standard_normal(500)
    np.testing.assert_allclose(coordinates(basis, point), np.linalg.pinv(basis.astype(float)) @ point, atol=1e-6)
    assert np.std(basis) == pytest.approx(1, abs=0.02)


def test_a_loss_that_is_not_finite():
    row = sharpness(Quadratic(np.zeros(3), constant=np.nan), np.ones(3), 1e-3, starts=2, iterations=10, seed=0)
    assert row["message"].tolist() == ["diverged"]
    assert np.isnan(row["sharpness"]).all()

    class Bounded(Quadratic):
        def value_and_gradient(self, point):
            value, gradient = super().value_and_gradient(point)
            return (value if value < 1e-3 else np.inf), gradient

    assert 0 <= largest(Bounded(np.zeros(3), slope=1.0), np.ones(3)) <= 0.1
