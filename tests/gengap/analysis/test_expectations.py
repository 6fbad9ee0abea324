import math

import pandas as pd
import pytest
from scipy.stats import norm

from gengap.analysis.expectations import agreement, expectations_table

SIZES = {(1000, 10): (28.96, 0.43, 100), (1000, 50): (24.87, 0.31, 25)}


@pytest.fixture
def table(stages):
    paths = [stages.extremes(*size, *values) for size, values in SIZES.items()]
    single = stages.path("random_matrices/gaussian/60x20.csv")
    single.write_text("repeat,sigma_min,sigma_max\n0,3.4,12.5\n", encoding="utf-8")
    sizes = stages.files(extremes=[*paths, str(single)]).extremes["gaussian"]
    reasons = {("1000x10", "expected_min_singular_value"): "too large", ("60x20", "any"): "nothing is printed"}
    printed = {(1000, 10): 29.9333, (1000, 50): 24.9032}
    return expectations_table(sizes, lambda rows, columns: None if rows == 60 else math.sqrt(rows), printed, reasons)


def test_mean_its_standard_error_and_theory_which_may_have_no_number(table):
    assert table[["rows", "columns"]].to_numpy().tolist() == [[1000, 10], [1000, 50], [60, 20]]
    assert table["mean"].tolist() == pytest.approx([28.96, 24.87, 3.4])
    assert table["standard_error"].tolist() == pytest.approx([0.43 / 10, 0.31 / 5, math.nan], nan_ok=True)
    assert table["theory"].tolist() == pytest.approx([math.sqrt(1000), math.sqrt(1000), math.nan], nan_ok=True)
    assert table["repeats"].tolist() == [100, 25, 1]


def test_the_print_is_compared_in_standard_errors_of_both_means_and_only_where_there_is_one(table):
    both = [0.043 * math.sqrt(2), 0.31 * math.sqrt(1 / 25 + 1 / 100)]
    assert table["difference"].tolist() == pytest.approx([28.96 - 29.9333, 24.87 - 24.9032, math.nan], nan_ok=True)
    errors = table["difference"] / table["difference_in_standard_errors"]
    assert errors.tolist() == pytest.approx([*both, math.nan], nan_ok=True)
    assert table["misprint"].tolist() == ["too large", "", ""]


def test_entries_agree_up_to_what_one_of_all_exceeds_by_chance():
    limit = norm.isf(0.05 / 2 / 4)
    found = agreement(pd.Series([1.0, -limit + 0.01, limit + 0.01, -6.0, math.nan]))
    assert found == pytest.approx({"printed": 4, "agree": 2, "wrong": 1, "largest_z": limit - 0.01})
