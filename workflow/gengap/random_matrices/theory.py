"""What theory says about the singular values of an m x n matrix (m >= n) of independent entries."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

SQUARE_MEAN = math.sqrt(2 * math.pi * math.e) * 0.5 * math.erfc(1 / math.sqrt(2))
"""Mean of x = √n σ_min / s in the square case, 0.65568: the integral of P(x > t) = exp(-t²/2 - t).

Exact limit n → ∞ for Gaussian entries of standard deviation s (Edelman 1988, SIAM J. Matrix Anal. Appl. 9, 543), and
for all centred laws with enough moments (Tao and Vu 2010, GAFA 20, 260).
"""
SQUARE_STANDARD_DEVIATION = math.sqrt(2 * (1 - SQUARE_MEAN) - SQUARE_MEAN**2)
"""Standard deviation of √n σ_min / s in the square case, 0.50865."""

# Tracy-Widom law for β = 1 (Bornemann 2010, Markov Process. Relat. Fields 16, 803).
_TRACY_WIDOM_MEAN = -1.2065335745820
_TRACY_WIDOM_VARIANCE = 1.6077810345810


def marchenko_pastur_edges(rows: int, columns: int, standard_deviation: float = 1.0) -> tuple[float, float]:
    """Lower and upper edge of the bulk of singular values, s (√m ∓ √n).

    Proposition 1 of the paper (Section 4.3), for centred entries; a mean adds one value outside the bulk, see
    `outlier`. Marchenko and Pastur 1967, Math. USSR Sbornik 1, 457.
    """
    lower, upper = math.sqrt(rows) - math.sqrt(columns), math.sqrt(rows) + math.sqrt(columns)
    return standard_deviation * lower, standard_deviation * upper


def marchenko_pastur_density(
    singular_value: ArrayLike, rows: int, columns: int, standard_deviation: float = 1.0
) -> NDArray[np.float64]:
    """Limiting density of the singular values themselves (not of their squares), rows >= columns.

    √((b² - σ²)(σ² - a²)) / (π n s² σ) between the edges a and b; it integrates to one.
    """
    lower, upper = marchenko_pastur_edges(rows, columns, standard_deviation)
    sigma = np.asarray(singular_value, dtype=np.float64)
    if lower == 0.0:  # the square case, where one factor σ cancels and the density at zero is finite
        root = np.sqrt(np.maximum(upper**2 - sigma**2, 0.0))
        return np.where(sigma < 0, 0.0, root / (math.pi * columns * standard_deviation**2))
    inside = (sigma >= lower) & (sigma <= upper)
    safe = np.where(inside, sigma, upper)
    root = np.sqrt(np.maximum((upper**2 - safe**2) * (safe**2 - lower**2), 0.0))
    return np.where(inside, root / (math.pi * columns * standard_deviation**2 * safe), 0.0)


def outlier(rows: int, columns: int, mean: float, standard_deviation: float) -> float:
    """Largest singular value of a matrix whose entries have a mean: about √((θ² + s²m)(θ² + s²n)) / θ.

    The mean is a rank-one matrix of norm θ = |mean| √(mn) added to a centred one; where θ is too small to
    leave the bulk (θ <= s (mn)^(1/4)), this is the bulk's upper edge. Benaych-Georges and Nadakuditi 2012,
    J. Multivariate Anal. 111, 120. The value fluctuates by about s.
    """
    signal = abs(mean) * math.sqrt(rows * columns)
    variance = standard_deviation**2
    if signal <= standard_deviation * (rows * columns) ** 0.25:
        return marchenko_pastur_edges(rows, columns, standard_deviation)[1]
    return math.sqrt((signal**2 + variance * rows) * (signal**2 + variance * columns)) / signal


def gaussian_smallest(rows: int, columns: int) -> tuple[float, float]:
    """Mean and standard deviation of σ_min of an m x n matrix of N(0, 1) entries, m >= n.

    Square: Edelman's law, with a relative error of about 1/(2n). Else log σ_min² follows the reflected Tracy-Widom law
    with the second-order centring and scaling of Ma 2012 (Bernoulli 18, 322), and the mean of its
    exponential is taken to second order. The relative error is about (m - n)^(-3/2), from simulation of
    the bidiagonal model: 3 % at m - n = 10, 0.3 % at 50, and useless below m - n of about 4.
    """
    if rows == columns:
        return SQUARE_MEAN / math.sqrt(columns), SQUARE_STANDARD_DEVIATION / math.sqrt(columns)
    long, short = math.sqrt(rows - 0.5), math.sqrt(columns - 0.5)
    # log σ_min = log(long - short) + τ²/16 - (τ/2) W with W the Tracy-Widom variable.
    scale = np.cbrt(1 / short - 1 / long) / (long - short)
    exponent = scale**2 / 16 - scale / 2 * _TRACY_WIDOM_MEAN + (scale / 2) ** 2 * _TRACY_WIDOM_VARIANCE / 2
    mean = (long - short) * math.exp(exponent)
    return mean, mean * scale / 2 * math.sqrt(_TRACY_WIDOM_VARIANCE)
