"""The comparison with the print, slopes and the scatter of seeds, against SciPy and the printed tables themselves."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gengap.analysis.against_print import compare_with_print, distances
from gengap.analysis.seed_noise import seed_scatter
from gengap.analysis.slope_per_doubling import clear_slopes, slope, slopes


@pytest.fixture
def compared(stages):
    """The comparison of made-up runs: rows by table number."""

    def compare(**tables):
        measured = {name.removeprefix("table_"): stages.loaded(rows, name) for name, rows in tables.items()}
        return compare_with_print(measured)

    return compare


def cell(frame, table, label, column="test_error_percent"):
    chosen = frame[(frame["table"] == table) & (frame["batch_size"] == label) & (frame["column"] == column)]
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_every_printed_value_has_one_line_whether_it_was_run_or_not(compared):
    frame = compared(table_5=[("128", [7.9])])
    assert len(frame) == 4 * 61
    assert (frame["status"] == "not run").sum() == 4 * 60
    assert cell(frame, "5", "128")["status"] == "full length"
    assert cell(frame, "5", "128")["difference"] == pytest.approx(7.9 - 7.74)
    assert (frame["misprint"] != "").sum() == 1, "1.1031 of Table 7"


def test_shortened_and_diverged_rows_have_no_distance(compared):
    shortened = {"test_error_percent": 0.5, "epochs": 3.0}
    frame = compared(table_6=[("128", [shortened]), ("512", [None]), ("1024", [0.7, 0.8, None])])
    (told,) = distances(frame)
    printed = cell(frame, "6", "1024")["printed"]
    assert told == {"name": "LeNet-5 on MNIST", "rows": 1} | {
        "median": pytest.approx(abs(0.75 - printed)),
        "median_share": pytest.approx(abs(0.75 - printed) / printed),
    }


def test_slopes_have_students_interval_and_two_points_have_one_without_an_interval():
    x, y = [7.0, 9.0, 10.0, 11.0], [0.44, 0.62, 0.64, 0.9]
    (fitted, _), covariance = np.polyfit(x, y, 1, cov=True)
    half = stats.t.ppf(0.975, df=2) * math.sqrt(covariance[0, 0])
    assert slope(x, y) == pytest.approx((fitted, fitted - half, fitted + half))
    assert slope([1, 2], [3, 5]) == pytest.approx((2, math.nan, math.nan), nan_ok=True)


def test_both_slopes_run_through_the_rows_that_were_run(compared):
    rows = [("128", [7.0, 7.2]), ("512", [8.1]), ("1024", [None]), ("2048", [9.1])]
    line = slopes(compared(table_5=rows)).iloc[1]
    doublings = [7, 9, 11]
    assert (line["table"], line["column"], line["rows"]) == ("5", "test_error_percent", 3)
    assert line["printed"] == pytest.approx(np.polyfit(doublings, [7.74, 8.07, 8.57], 1)[0])
    assert line["measured"] == pytest.approx(np.polyfit(doublings, [7.1, 8.1, 9.1], 1)[0])
    assert line["same_sign"] == "yes"


def test_slopes_are_clear_where_neither_interval_includes_zero():
    ends = {"printed_low": [0.1, -0.1, 0.1, -0.3, np.nan], "printed_high": [0.2, 0.2, 0.2, -0.1, np.nan]}
    ends |= {"measured_low": [0.1, 0.1, -0.1, -0.3, 0.1], "measured_high": [0.2, 0.2, 0.2, -0.1, 0.2]}
    assert clear_slopes(pd.DataFrame(ends)).index.tolist() == [0, 3]


def test_a_misprint_bends_no_slope(compared):
    rows = [(label, [{"train_loss": loss}]) for label, loss in (("128", 0.08), ("512", 0.1), ("1024", 0.15))]
    lines = slopes(compared(table_7=rows)).set_index("column")
    assert lines.loc["train_loss", "rows"] == 2
    assert lines.loc["train_loss", "printed"] == pytest.approx((0.1561 - 0.0785) / 3)


def test_the_distance_of_the_print_is_an_f_test_of_the_rows_of_two_seeds_and_full_length(compared):
    """SciPy's F distribution is the other opinion; Table 5 prints 7.74 at 128 and 8.07 at 512."""
    used = [(7.74, np.array([7.70, 7.76, 7.82])), (8.07, np.array([8.10, 8.20]))]
    shortened = [{"test_error_percent": error, "epochs": 3.0} for error in (9.9, 8.9)]
    rows = [("128", used[0][1]), ("512", used[1][1]), ("1024", [8.3]), ("2048", shortened)]
    (line,) = seed_scatter(compared(table_5=rows, table_6=[("128", [0.4, 0.5])])).to_dict("records")
    variance = sum(np.square(values - values.mean()).sum() for _, values in used) / 3
    squares = [(printed - values.mean()) ** 2 / (1 + 1 / len(values)) for printed, values in used]
    assert (line["table"], line["rows"], line["freedom"]) == ("5", 2, 3)
    assert line["deviation"] == pytest.approx(math.sqrt(variance))
    assert line["ratio"] == pytest.approx(math.sqrt(np.mean(squares) / variance))
    assert line["p"] == pytest.approx(stats.f.sf(np.mean(squares) / variance, 2, 3))
    assert line["p_but_largest"] == pytest.approx(stats.f.sf(squares[0] / used[0][1].var(ddof=1), 1, 2))


def test_seeds_that_do_not_scatter_have_no_ratio_and_a_row_of_table_5_counts_once(compared):
    rows = [("128", [7.9, 8.0]), ("4096->128", [7.8, 7.8]), ("8192->128", [7.9, 7.9])]
    frame = seed_scatter(compared(table_11=rows))
    assert frame["rows"].tolist() == [2]
    assert frame[["ratio", "p", "p_but_largest"]].isna().all(axis=None)
