import math

import pytest

from gengap.analysis.printed_expectations import PrintedTable, agreement, agreement_limit, misprints
from gengap.paper.printed import PRINTED_EXPECTATIONS, read_printed_expectations
from gengap.random_matrices.expected import expectation

LAWS = {"a1": "gaussian", "a2": "uniform", "a3": "lognormal"}
SIZES = ((1000, 10), (1000, 50), (2000, 10), (4000, 10), (4000, 50), (4000, 500))
# Deviation of one matrix, and the mean of the lognormal law, to which theory is an upper bound only.
LOGNORMAL = dict(zip(SIZES, (56.31, 48.65, 83.86, 123.3, 114.8, 86.5), strict=True))


@pytest.fixture
def frame(stages):
    """The printed tables beside samples with the expected mean and deviation."""
    paths = []
    for law in LAWS.values():
        for size in SIZES:
            expected = expectation(law, *size)
            mean, deviation = expected.mean, expected.standard_deviation
            if law == "lognormal":
                mean, deviation = LOGNORMAL[size], 2.0
            paths.append(stages.extremes(*size, mean, deviation, law=law))
    tables = [
        PrintedTable(number, law, read_printed_expectations(PRINTED_EXPECTATIONS, number))
        for number, law in LAWS.items()
    ]
    return agreement(tables, stages.files(extremes=paths).extremes)


def line(frame, table, size):
    return frame[(frame["table"] == table) & (frame["rows"] == size[0]) & (frame["columns"] == size[1])].iloc[0]


def test_a_printed_entry_is_judged_in_standard_errors_of_both_means(frame):
    row = line(frame, "a1", (1000, 50))
    error = expectation("gaussian", 1000, 50).standard_deviation / 10 * math.sqrt(2)
    assert row["z_printed_measured"] == pytest.approx((24.9032 - row["measured"]) / error)
    assert row["verdict"] == "agrees"
    assert line(frame, "a1", (4000, 10))["verdict"] == "not printed"
    assert math.isnan(line(frame, "a1", (4000, 10))["z_printed_theory"])
    # Samples were made from theory.
    assert line(frame, "a2", (2000, 10))["z_measured_theory"] == pytest.approx(0, abs=1e-6)


def test_the_limit_allows_for_the_number_of_entries(frame):
    assert frame["printed"].notna().sum() == 15
    assert agreement_limit(frame) == pytest.approx(2.935, abs=0.001)  # Φ⁻¹(1 − 0.05 / 30)


def test_the_entries_that_cannot_be_right_and_where_they_come_from(frame):
    wrong = misprints(frame)
    evidence = {(row.table, row.rows, row.columns): row.evidence for row in wrong.itertuples()}
    places = [("a1", 1000, 10), ("a1", 4000, 50), ("a2", 4000, 50), ("a3", 4000, 50), ("a3", 4000, 500)]
    assert sorted(evidence) == places
    assert "28.9333 would agree" in evidence["a1", 1000, 10]
    assert "Agrees with Gaussian, 4000 × 10" in evidence["a1", 4000, 50]
    assert "Agrees with uniform U(0, 1), 4000 × 10" in evidence["a2", 4000, 50]
    assert "The entry of Table A2 for 4000 × 500, digit for digit." in evidence["a3", 4000, 500]
