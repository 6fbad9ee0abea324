import numpy as np
import pytest

from gengap.analysis.over_seeds import METRICS, comparison_table, read_metrics, results_table
from gengap.errors import UserError

ERRORS = (7.5, 8.1, 7.7)


@pytest.fixture
def table(stages):
    """Three seeds at 128, one of two diverged at 4096->128, and all diverged at 8192."""
    return results_table(
        stages.loaded(
            [
                ("128", [{"test_error_percent": error} for error in ERRORS]),
                ("4096->128", [{"test_error_percent": 9.6}, {"diverged": True}]),
                ("8192", [{"diverged": True, "epochs": 3.0}]),
            ]
        )
    )


def test_columns_are_a_promise(table):
    expected = ["batch_size", "seeds", "diverged", "epochs"]
    expected += [f"{metric}_{part}" for metric in METRICS for part in ("mean", "std")]
    assert list(table) == expected


def test_rows_keep_their_order_and_count_their_runs(table):
    assert list(table["batch_size"]) == ["128", "4096->128", "8192"]
    assert list(table["seeds"]) == [3, 2, 1]
    assert list(table["diverged"]) == [0, 1, 1]


def test_mean_and_sample_deviation_are_numpys(table):
    assert table["test_error_percent_mean"][0] == pytest.approx(np.mean(ERRORS))
    assert table["test_error_percent_std"][0] == pytest.approx(np.std(ERRORS, ddof=1))


def test_a_diverged_run_counts_in_no_mean_and_one_run_has_no_deviation(table):
    assert table["test_error_percent_mean"][1] == 9.6
    assert np.isnan(table["test_error_percent_std"][1])
    assert table.loc[2, [f"{metric}_mean" for metric in METRICS]].isna().all()


def test_a_metrics_file_without_a_value_is_named(stages):
    with pytest.raises(UserError, match=r"metrics\.json has no value for `weight_penalty`"):
        read_metrics(stages.metrics(weight_penalty=None))


PRINTED = {
    "128": {"train_error_percent": 0.0, "test_error_percent": 7.74, "train_loss": 0.0733, "test_loss": 0.3895},
    "512": {"train_error_percent": 0.0, "test_error_percent": 8.07, "train_loss": 0.0940, "test_loss": 0.3940},
}


def test_a_difference_is_measured_minus_printed(table):
    comparison = comparison_table(table, PRINTED, {})
    assert list(comparison["batch_size"]) == list(table["batch_size"])
    assert comparison["test_error_percent_difference"][0] == pytest.approx(np.mean(ERRORS) - 7.74)
    assert comparison["train_loss_difference"][0] == pytest.approx(0.0810 - 0.0733)
    assert comparison["note"][0] == ""


def test_a_row_that_is_not_printed_is_never_compared(table):
    row = comparison_table(table, PRINTED, {}).loc[1]
    assert row["note"] == "not printed"
    assert np.isnan(row["test_error_percent_printed"])
    assert np.isnan(row["test_error_percent_difference"])
    assert row["test_error_percent_measured"] == 9.6


def test_a_diverged_row_has_a_printed_value_and_no_difference(table):
    row = comparison_table(table, {**PRINTED, "8192": PRINTED["128"]}, {}).loc[2]
    assert row["test_loss_printed"] == 0.3895
    assert np.isnan(row["test_loss_difference"])


def test_a_misprint_marks_its_cell_alone(table):
    comparison = comparison_table(table, PRINTED, {("128", "train_loss"): "out of line"})
    marked = comparison.filter(like="_misprint")
    assert marked.loc[0, "train_loss_misprint"] == "out of line"
    assert (marked != "").to_numpy().sum() == 1
