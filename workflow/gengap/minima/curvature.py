"""Curvature of the loss at a trained network: eigenvalues and trace of the Hessian, norm and noise of the gradient."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

from gengap.minima.job import Trained
from gengap.minima.objective import Objective

_TOLERANCE = {"LA": 1e-2, "SA": 1e-1}
"""Relative residual of an eigenvector; the error of its eigenvalue is of the order of the square."""
_VECTORS, _RESTARTS = 20, 5


def measure(trained: Trained, settings: Mapping[str, Any]) -> pd.DataFrame:
    """Curvature of a trained network in evaluation mode.

    Returns:
        Rows of `curvature` with `space`: `full`, the parameters as they are, and with batch norm `rescaled`, where they
        have the norms that they had before training (see `norm_growth`).
    """
    objective = trained.objective()
    spaces = {"full": np.ones(len(objective.point))} | ({"rescaled": trained.growth} if trained.normalized else {})
    common = {"eigenvalues": settings["eigenvalues"], "trace_samples": settings["trace_samples"], "seed": trained.seed}
    return pd.DataFrame([{"space": space, **curvature(objective, scale, **common)} for space, scale in spaces.items()])


def curvature(
    objective: Objective, scale: np.ndarray, *, eigenvalues: int, trace_samples: int, seed: int
) -> dict[str, Any]:
    """Hessian and gradient at the network's parameters, in coordinates y with x = scale·y.

    Args:
        objective: f, and x as its `point`.
        scale: n factors; ones for the parameters as they are.
        eigenvalues: how many of the largest.
        trace_samples: random vectors of Hutchinson's estimate of the trace.
        seed: of these, and of the first vector of the Lanczos method.

    Returns:
        `loss`, `eigenvalue_1` (the largest), …, `smallest_eigenvalue`, `trace` and `trace_error` (its standard error),
        `gradient_norm`, `gradient_variance` (trace of the covariance of one image's gradient), `noise_scale`
        (this over the squared norm of the mean gradient, without bias; NaN where that is not positive) and
        `hessian_products`. NaN where an eigenvalue has not converged, or the loss is not finite.
    """
    point, size = objective.point, len(objective.point)
    products = 0

    def product(vector: np.ndarray) -> np.ndarray:
        nonlocal products
        products += 1
        return scale * objective.hessian_product(point, scale * vector.ravel())

    random = np.random.default_rng(seed)
    row = _gradient(objective, scale)
    finite = np.isfinite(row["loss"])
    first = random.standard_normal(size)
    hessian = LinearOperator((size, size), product, dtype=np.float64)
    largest = _eigenvalues(hessian, "LA", eigenvalues, first) if finite else np.full(eigenvalues, np.nan)
    smallest = _eigenvalues(hessian, "SA", 1, first) if finite else np.array([np.nan])
    samples = np.full(trace_samples, np.nan)
    for number in range(trace_samples if finite else 0):
        signs = random.choice([-1.0, 1.0], size)
        samples[number] = signs @ product(signs)
    return {
        **row,
        **{f"eigenvalue_{number}": value for number, value in enumerate(largest, start=1)},
        "smallest_eigenvalue": smallest[0],
        "trace": samples.mean(),
        "trace_error": samples.std(ddof=1) / np.sqrt(trace_samples),
        "hessian_products": products,
    }


def _eigenvalues(matrix: LinearOperator, which: str, count: int, first: np.ndarray) -> np.ndarray:
    """The `count` largest (`LA`) or smallest (`SA`) eigenvalues, the outermost first; NaN for the others."""
    size = len(first)
    vectors = min(size, max(_VECTORS, 2 * count + 1))
    try:
        found = eigsh(
            matrix,
            count,
            which=which,
            v0=first,
            tol=_TOLERANCE[which],
            ncv=vectors,
            maxiter=_RESTARTS,
            return_eigenvectors=False,
        )
    except ArpackNoConvergence as error:
        found = error.eigenvalues
    ordered = np.sort(found)[:: -1 if which == "LA" else 1]
    return np.pad(ordered, (0, count - len(ordered)), constant_values=np.nan)


def _gradient(objective: Objective, scale: np.ndarray) -> dict[str, float]:
    """Loss, norm of the mean gradient, and its variance from one chunk of images to the next."""
    images, chunks, loss, squares, mean = 0, 0, 0.0, 0.0, np.zeros(len(scale))
    for count, value, gradient in objective.chunks(objective.point):
        images, chunks = images + count, chunks + 1
        loss += count * value
        mean += count * scale * gradient
        squares += count * float(np.square(scale * gradient).sum())
    loss, mean = loss / images, mean / images
    squared = float(mean @ mean)
    # The mean gradient of n images has the covariance Σ/n, and so E[Σ n‖g‖² − N‖ḡ‖²] = (chunks − 1)·tr Σ.
    variance = (squares - images * squared) / (chunks - 1) if chunks > 1 else np.nan
    signal = squared - variance / images
    noise_scale = variance / signal if signal > 0 else np.nan
    return {
        "loss": loss,
        "gradient_norm": np.sqrt(squared),
        "gradient_variance": variance,
        "noise_scale": noise_scale,
    }
