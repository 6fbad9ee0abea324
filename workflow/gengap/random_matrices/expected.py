"""Expected smallest singular value of a law and size, from theory alone.

No random number enters: a value that is printed, or that was sampled here, is judged by formulas that know nothing of
the samplers. Each expectation carries the error of its formula, so that a judgement never rests on that.
"""

import math
from dataclasses import dataclass

from gengap.random_matrices.law import load_law
from gengap.random_matrices.theory import gaussian_smallest

_LARGEST_ERROR = 0.2


@dataclass(frozen=True)
class Expectation:
    """What theory expects of σ_min of one random matrix."""

    mean: float
    standard_deviation: float
    """Of one matrix; a mean over k matrices has 1/√k of it."""
    relative_error: float
    """How far `mean` may be from the true expectation, as a share of it."""

    def contradicts(self, value: float, repeats: int, deviations: float = 5.0) -> bool:
        """Whether a mean over `repeats` matrices cannot be right.

        It is further from the expectation than the error of the formula and `deviations` standard errors together.
        """
        tolerance = self.relative_error * self.mean + deviations * self.standard_deviation / math.sqrt(repeats)
        return abs(value - self.mean) > tolerance


def expectation(law: str, rows: int, columns: int) -> Expectation:
    """Expected σ_min of a rows x columns matrix (rows >= columns) of a law.

    Centred entries of standard deviation s: s times the Gaussian's expectation (universality of the edges:
    Tao and Vu 2010, GAFA 20, 260; Feldheim and Sodin 2010, GAFA 20, 88). A mean takes up one dimension on each
    side (see `theory.outlier`) and the rest behaves as a centred matrix of (rows - 1) x (columns - 1).

    Heavy tails make columns of unequal length and so lower σ_min: the squared length of a column varies by √(κ/rows),
    κ the excess kurtosis. The part of this that reaches σ_min is not predicted but covered by
    `relative_error`, half of that root (simulated for lognormal: 0.3 of it).

    Raises:
        UserError: there is no such law.
    """
    entries = load_law(law)
    if entries.MEAN != 0.0:
        if columns == 1:  # one column: its length, which the mean dominates
            square = entries.MEAN**2 + entries.STANDARD_DEVIATION**2
            return Expectation(math.sqrt(rows * square), entries.STANDARD_DEVIATION, math.inf)
        mean, deviation = gaussian_smallest(rows - 1, columns - 1)
    else:
        mean, deviation = gaussian_smallest(rows, columns)
    return Expectation(
        mean * entries.STANDARD_DEVIATION,
        deviation * entries.STANDARD_DEVIATION,
        _formula_error(rows, columns) + 0.5 * math.sqrt(abs(entries.EXCESS_KURTOSIS) / rows),
    )


def expected_smallest(law: str, rows: int, columns: int) -> float | None:
    """E σ_min for a table, or `None` where the formula may be wrong by more than a fifth.

    Raises:
        UserError: there is no such law.
    """
    expected = expectation(law, rows, columns)
    return expected.mean if expected.relative_error <= _LARGEST_ERROR else None


def _formula_error(rows: int, columns: int) -> float:
    """Relative error of `theory.gaussian_smallest`, with a margin, from simulation of the bidiagonal model."""
    return 0.002 + (1 / columns if rows == columns else 1.5 * (rows - columns) ** -1.5)
