"""Trends, by Kendall's τ between batch size and means over the seeds, and the reach of chance with few of them.

A number rises if τ ≥ 0.6 and the last one is above the first.
"""

from collections.abc import Sequence

import numpy as np

TREND = 0.6
"""Smallest τ of a trend."""
CONFIDENCE = 0.95
"""Share of what chance makes that stays within a stated reach."""


def kendall(one: Sequence[float] | np.ndarray, other: Sequence[float] | np.ndarray) -> float:
    """Kendall's τ-b; 0 where one of the two is constant or there are no two values."""
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    from scipy.stats import kendalltau

    return float(kendalltau(one, other).statistic)


def has_risen(sizes: Sequence[float] | np.ndarray, values: Sequence[float] | np.ndarray) -> bool:
    """Whether values rise with the batch size: τ ≥ 0.6 and the last one above the first; NaN are left out."""
    sizes, values = np.asarray(sizes, float), np.asarray(values, float)
    known = ~np.isnan(values)
    sizes, values = sizes[known], values[known]
    return len(values) > 1 and bool(values[-1] > values[0]) and kendall(sizes, values) >= TREND


def student_factor(freedom: float) -> float:
    """Standard errors within which Student's distribution with some degrees of freedom has a share `CONFIDENCE`."""
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + CONFIDENCE / 2))
