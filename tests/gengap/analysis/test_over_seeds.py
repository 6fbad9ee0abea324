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


def test_rows_keep_their_order_and_count_their_runs(table):
    statistics = [f"{metric}_{part}" for metric in METRICS for part in ("mean", "std")]
    assert list(table) == ["batch_size", "seeds", "diverged", "epochs", *statistics]
    rows = [["128", 3, 0], ["4096->128", 2, 1], ["8192", 1, 1]]
    assert table[["batch_size", "seeds", "diverged"]].to_numpy().tolist() == rows


def test_mean_and_sample_deviation_are_numpys_and_a_diverged_run_counts_in_neither(table):
    means, deviations = [np.mean(ERRORS), 9.6, np.nan], [np.std(ERRORS, ddof=1), np.nan, np.nan]
    assert table["test_error_percent_mean"].tolist() == pytest.approx(means, nan_ok=True)
    assert table["test_error_percent_std"].tolist() == pytest.approx(deviations, nan_ok=True)
    assert table.loc[2, [f"{metric}_mean" for metric in METRICS]].isna().all()


def test_a_metrics_file_without_a_value_is_named(stages):
    with pytest.raises(UserError, match=r"metrics\.json has no value for `weight_penalty`"):
        read_metrics(stages.metrics(weight_penalty=None))


PRINTED = {
    "128": {"train_error_percent": 0.0, "test_error_percent": 7.74, "train_loss": 0.0733, "test_loss": 0.3895},
    "512": {"train_error_percent": 0.0, "test_error_percent": 8.07, "train_loss": 0.0940, "test_loss": 0.3940},
}


def test_a_difference_is_measured_minus_printed_where_there_are_both(table):
    comparison = comparison_table(table, PRINTED | {"8192": PRINTED["128"]}, {("128", "train_loss"): "out of line"})
    assert comparison["batch_size"].tolist() == table["batch_size"].tolist()
    first, not_printed, diverged = (row for _, row in comparison.iterrows())
    assert first["test_error_percent_difference"] == pytest.approx(np.mean(ERRORS) - 7.74)
    assert first["train_loss_difference"] == pytest.approx(0.0810 - 0.0733)
    assert (first["note"], not_printed["note"]) == ("", "not printed")
    assert not_printed[["test_error_percent_printed", "test_error_percent_difference"]].isna().all()
    assert not_printed["test_error_percent_measured"] == 9.6
    assert diverged["test_loss_printed"] == 0.3895
    assert np.isnan(diverged["test_loss_difference"])
    marked = comparison.filter(like="_misprint")
    assert marked.loc[0, "train_loss_misprint"] == "out of line"
    assert (marked != "").to_numpy().sum() == 1, "a misprint marks its cell alone"
