import math

import numpy as np
import pytest
from gengap.results.random_matrix_tables import expectations_comparison, expectations_table

from gengap.errors import UserError

SIZES = {(1000, 10): (28.96, 0.43, 100), (1000, 50): (24.87, 0.31, 25), (60, 20): (3.4, 0.3, 1)}


@pytest.fixture
def table(stages):
    extremes = {}
    for size, (mean, deviation, repeats) in SIZES.items():
        if repeats > 1:
            extremes[size] = stages.extremes(*size, mean, deviation, repeats)
    single = stages.path("single.csv")
    single.write_text("repeat,sigma_min,sigma_max\n0,3.4,12.5\n", encoding="utf-8")
    extremes[60, 20] = str(single)
    return expectations_table(extremes, lambda rows, columns: None if rows == 60 else math.sqrt(rows))


def test_mean_and_its_standard_error(table):
    assert list(zip(table["rows"], table["columns"], strict=True)) == list(SIZES)
    assert table["mean"].tolist() == pytest.approx([28.96, 24.87, 3.4])
    assert table["standard_error"][0] == pytest.approx(0.43 / 10)
    assert table["standard_error"][1] == pytest.approx(0.31 / 5)
    assert np.isnan(table["standard_error"][2])
    assert table["repeats"].tolist() == [100, 25, 1]


def test_theory_may_have_no_number(table):
    assert table["theory"][0] == pytest.approx(math.sqrt(1000))
    assert np.isnan(table["theory"][2])


def test_difference_in_standard_errors_counts_the_error_of_both_means(table):
    printed = {(1000, 10): 29.9333, (1000, 50): 24.9032}
    comparison = expectations_comparison(table, printed, {})
    both = 0.31 * math.sqrt(1 / 25 + 1 / 100)
    assert comparison["difference"][1] == pytest.approx(24.87 - 24.9032)
    assert comparison["difference_in_standard_errors"][1] == pytest.approx((24.87 - 24.9032) / both)
    assert comparison["difference_in_standard_errors"][0] == pytest.approx((28.96 - 29.9333) / (0.043 * math.sqrt(2)))


def test_a_size_that_is_not_printed_is_never_compared(table):
    row = expectations_comparison(table, {(1000, 10): 29.9333}, {}).loc[2]
    assert row["note"] == "not printed"
    assert np.isnan(row["difference"])
    assert np.isnan(row["difference_in_standard_errors"])


def test_a_misprint_carries_its_reason_only_where_the_paper_prints_the_size(table):
    reasons = {("1000x10", "expected_min_singular_value"): "too large", ("60x20", "any"): "nothing is printed"}
    comparison = expectations_comparison(table, {(1000, 10): 29.9333}, reasons)
    assert comparison["misprint"].tolist() == ["too large", "", ""]


def test_a_file_without_repeats_is_named(stages):
    path = stages.path("empty.csv")
    path.write_text("repeat,sigma_min,sigma_max\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"empty\.csv holds no repeat"):
        expectations_table({(10, 5): path}, lambda rows, columns: None)
