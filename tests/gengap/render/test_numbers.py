import math

import numpy as np
import pytest

from gengap.render.numbers import count, decimals, fixed, percent, plain_power, signed, spread

POWERS = {1e-4: "10⁻⁴", 1e-5: "10⁻⁵", 2e-5: "2·10⁻⁵", 0.5: "0.5", 1.0: "1", 1e4: "10⁴"}


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (fixed(-0.12345), "−0.1235"),
        (fixed(-0.2, 0), "0"),
        (fixed(np.float64(7.825), 2), "7.83"),
        (signed(0.5, 1), "+0.5"),
        (signed(-0.004, 2), "+0.00"),
        (fixed(math.nan), "–"),
        (spread(9.1, 0.14, 1), "9.1 ± 0.1"),
        (spread(9.1, math.nan, 1), "9.1"),
        (count(490.0), "490"),
        (count(2.25), "2.2"),
        (count(123.4), "123"),
        (count(math.nan), "–"),
        (percent(0.943), "94\u202f%"),
        (percent(-0.002), "0\u202f%"),
        (decimals("test_error_percent"), 2),
        (decimals("train_loss"), 4),
        (decimals("updates"), 0),
        *((plain_power(value), text) for value, text in POWERS.items()),
    ],
)
def test_numbers_as_readers_see_them(shown, expected):
    assert shown == expected
