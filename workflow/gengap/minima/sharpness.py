"""Sharpness of a minimum: how much the loss grows within a small box about it (Keskar et al. 2017, Metric 2.1)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, minimize

from gengap.minima.job import Trained
from gengap.minima.objective import Objective

_WORSE = 1e300
"""What the maximiser is told where the loss is not finite."""


def measure(trained: Trained, settings: Mapping[str, Any]) -> pd.DataFrame:
    """Sharpness of a trained network in the full space, the rescaled one and random subspaces, for every ε.

    Returns:
        Rows of `sharpness` with `space` and `batch_norm_statistics`. In the space `full` A = I, with running and with
        batch statistics; in `rescaled`, whose x has the norms that it had before training (see `norm_growth`), and in
        `subspace`, where each start has another random A, with batch statistics. A network without batch norm has no
        statistics (`none`) and no rescaled space.
    """
    objectives = {"running": trained.objective()}
    if trained.normalized:
        objectives["batch"] = trained.objective("batch")
    last, size = list(objectives)[-1], len(objectives["running"].point)
    spaces = [("full", name, np.ones(size)) for name in objectives]
    spaces += [("rescaled", last, trained.growth)] if trained.normalized else []
    common = {"iterations": settings["iterations"], "seed": trained.seed}
    tables = []
    for space, statistics, basis in spaces:
        for epsilon in settings["epsilons"]:
            table = sharpness(objectives[statistics], basis, epsilon, starts=settings["starts"], **common)
            tables.append(table.assign(space=space, batch_norm_statistics=statistics))
    for number in range(settings["subspaces"]):
        basis = random_basis(size, settings["subspace_dimension"], [trained.seed, number])
        for epsilon in settings["epsilons"]:
            table = sharpness(objectives[last], basis, epsilon, starts=1, **common)
            tables.append(table.assign(start=number, space="subspace", batch_norm_statistics=last))
        del basis  # the largest thing in memory: the next one is drawn without it
    found = pd.concat(tables, ignore_index=True)
    return found if trained.normalized else found.assign(batch_norm_statistics="none")


def sharpness(
    objective: Objective, basis: np.ndarray, epsilon: float, *, starts: int, iterations: int, seed: int
) -> pd.DataFrame:
    """φ = 100·(max f(x + Ay) − f(x)) / (1 + f(x)) over the box |y_i| ≤ ε(|(A⁺x)_i| + 1).

    The maximum is sought by L-BFGS-B, inexactly as in the paper, and without its tolerances: the defaults end at once
    where the gradient is small. The largest loss of all that it evaluates counts.

    Args:
        objective: f, and x as its `point`.
        basis: A, n×p, or the n entries of its diagonal; ones are the full space.
        epsilon: ε.
        starts: points where L-BFGS-B begins: x, and random points of the box.
        iterations: of L-BFGS-B.
        seed: of the random points.

    Returns:
        One row per start: f(x) as `loss`, `maximum`, `sharpness` (φ), `iterations`, `evaluations`,
        `at_bound_percent` (share of the coordinates of y that end at a bound) and SciPy's `message`. A network whose
        loss is not finite has one row without numbers.
    """
    point = objective.point
    loss, _ = objective.value_and_gradient(point)
    row = {"epsilon": epsilon, "start": 0, "loss": loss, "maximum": np.nan, "sharpness": np.nan}
    if not np.isfinite(loss):
        none = {"iterations": 0, "evaluations": 0, "at_bound_percent": np.nan, "message": "diverged"}
        return pd.DataFrame([row | none])
    bound = epsilon * (np.abs(coordinates(basis, point)) + 1)
    random = np.random.default_rng(seed)
    rows = []
    for start in range(starts):
        first = random.uniform(-bound, bound) if start else np.zeros(len(bound))
        largest = loss

        def negative(y: np.ndarray) -> tuple[float, np.ndarray]:
            nonlocal largest
            value, gradient = objective.value_and_gradient(point + _applied(basis, y))
            if not (np.isfinite(value) and np.isfinite(gradient).all()):
                return _WORSE, np.zeros(len(y))
            largest = max(largest, value)
            return -value, -_transposed(basis, gradient)

        found = minimize(
            negative,
            first,
            jac=True,
            method="L-BFGS-B",
            bounds=Bounds(-bound, bound),
            options={"maxiter": iterations, "ftol": 0, "gtol": 0},
        )
        rows.append(
            row
            | {
                "start": start,
                "maximum": largest,
                "sharpness": 100 * (largest - loss) / (1 + loss),
                "iterations": found.nit,
                "evaluations": found.nfev,
                "at_bound_percent": 100 * np.mean(np.abs(found.x) >= bound * (1 - 1e-9)),
                "message": found.message,
            }
        )
    return pd.DataFrame(rows)


def random_basis(size: int, dimension: int, seed: int | list[int]) -> np.ndarray:
    """A of a random subspace: independent N(0, 1) entries, float32, `size`×`dimension`.

    The paper does not tell the scale of the columns. With these the order of its Table 4 is met; columns of length 1
    give numbers that are smaller by orders of magnitude.
    """
    return np.random.default_rng(seed).standard_normal((size, dimension), dtype=np.float32)


def coordinates(basis: np.ndarray, point: np.ndarray) -> np.ndarray:
    """A⁺x, by the normal equations."""
    if basis.ndim == 1:
        return point / basis
    gram = (basis.T @ basis).astype(np.float64)
    return np.linalg.lstsq(gram, _transposed(basis, point))[0]


def _applied(basis: np.ndarray, y: np.ndarray) -> np.ndarray:
    return basis * y if basis.ndim == 1 else (basis @ y.astype(basis.dtype)).astype(np.float64)


def _transposed(basis: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    return basis * gradient if basis.ndim == 1 else (basis.T @ gradient.astype(basis.dtype)).astype(np.float64)
