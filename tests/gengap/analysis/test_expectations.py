import math

import pandas as pd
import pytest

from gengap.analysis.expectations import expectations_comparison, expectations_table
from gengap.errors import UserError

SIZES = {(1000, 10): (28.96, 0.43, 100), (1000, 50): (24.87, 0.31, 25)}


@pytest.fixture
def table(stages):
    paths = [stages.extremes(*size, *values) for size, values in SIZES.items()]
    single = stages.path("random_matrices/gaussian/60x20.csv")
    single.write_text("repeat,sigma_min,sigma_max\n0,3.4,12.5\n", encoding="utf-8")
    extremes = stages.files(extremes=[*paths, str(single)]).extremes
    sizes = {size: frame for (_, size), frame in extremes.items()}
    return expectations_table(sizes, lambda rows, columns: None if rows == 60 else math.sqrt(rows))


def test_mean_its_standard_error_and_theory_which_may_have_no_number(table):
    assert table[["rows", "columns"]].to_numpy().tolist() == [[1000, 10], [1000, 50], [60, 20]]
    assert table["mean"].tolist() == pytest.approx([28.96, 24.87, 3.4])
    assert table["standard_error"].tolist() == pytest.approx([0.43 / 10, 0.31 / 5, math.nan], nan_ok=True)
    assert table["theory"].tolist() == pytest.approx([math.sqrt(1000), math.sqrt(1000), math.nan], nan_ok=True)
    assert table["repeats"].tolist() == [100, 25, 1]


def test_a_size_that_is_not_printed_is_not_compared_and_carries_no_misprint(table):
    reasons = {("1000x10", "expected_min_singular_value"): "too large", ("60x20", "any"): "nothing is printed"}
    comparison = expectations_comparison(table, {(1000, 10): 29.9333}, reasons)
    assert comparison["misprint"].tolist() == ["too large", "", ""]
    row = comparison.loc[2]
    assert row["note"] == "not printed"
    assert row[["difference", "difference_in_standard_errors"]].isna().all()


def test_difference_in_standard_errors_counts_the_error_of_both_means(table):
    printed = {(1000, 10): 29.9333, (1000, 50): 24.9032}
    comparison = expectations_comparison(table, printed, {})
    both = 0.31 * math.sqrt(1 / 25 + 1 / 100)
    assert comparison["difference"][1] == pytest.approx(24.87 - 24.9032)
    assert comparison["difference_in_standard_errors"][1] == pytest.approx((24.87 - 24.9032) / both)
    assert comparison["difference_in_standard_errors"][0] == pytest.approx((28.96 - 29.9333) / (0.043 * math.sqrt(2)))


def test_a_size_without_repeats_is_named():
    with pytest.raises(UserError, match="10x5 have no repeat"):
        expectations_table({(10, 5): pd.DataFrame({"sigma_min": []})}, lambda rows, columns: None)
