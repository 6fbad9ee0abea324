"""Numbers as readers see them: fixed decimals, a true minus sign, a dash where there is none."""

import math

ABSENT = "–"
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def decimals(column: str) -> int:
    """Decimals of a metric: 2 for errors in percent, 4 for losses, none for counts."""
    if column == "updates":
        return 0
    return 2 if column.endswith("_percent") else 4


def fixed(value: float, places: int = 4) -> str:
    """A value with fixed decimals, and no sign before a zero."""
    return ABSENT if math.isnan(value) else f"{_rounded(value, places):.{places}f}".replace("-", "−")


def signed(value: float, places: int = 4) -> str:
    """A difference with its sign."""
    return ABSENT if math.isnan(value) else f"{_rounded(value, places):+.{places}f}".replace("-", "−")


def spread(mean: float, deviation: float, places: int) -> str:
    """`mean ± deviation`, or the mean alone where one run has no deviation."""
    return fixed(mean, places) + ("" if math.isnan(deviation) else f" ± {fixed(deviation, places)}")


def count(value: float) -> str:
    """A count or a mean of counts: whole from 100 on, else with one decimal where it has one."""
    if math.isnan(value):
        return ABSENT
    return f"{value:.0f}" if value == round(value) or abs(value) >= 100 else f"{value:.1f}"


def whole_percent(value: float) -> str:
    """A number of percent without decimals."""
    return ABSENT if math.isnan(value) else f"{fixed(value, 0)} %"


def percent(share: float) -> str:
    """A share as a whole number of percent."""
    return f"{fixed(100 * share, 0)}\u202f%"


def plain_power(value: float) -> str:
    """A threshold as text: 10⁻⁴, 2·10⁻⁵ or 0.5."""
    exponent = math.floor(math.log10(value) + 1e-12)
    if -2 < exponent < 3:
        return f"{value:g}"
    power = "10" + str(exponent).translate(_SUPERSCRIPTS)
    factor = value / 10**exponent
    return power if math.isclose(factor, 1) else f"{factor:g}·{power}"


def _rounded(value: float, places: int) -> float:
    # NumPy's numbers round 7.825 in another way. The sum turns the negative zero that rounding may leave into zero.
    return round(float(value), places) + 0.0
