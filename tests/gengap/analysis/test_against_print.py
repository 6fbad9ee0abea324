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
    """The comparison of made-up runs: rows by table number, each (label, values of its seeds by metric)."""

    def compare(**tables):
        measured = {name.removeprefix("table_"): stages.loaded(rows, name) for name, rows in tables.items()}
        return compare_with_print(measured)

    return compare


def errors(*values, **changes):
    return [{"test_error_percent": value, **changes} for value in values]


def cell(frame, table, label, column="test_error_percent"):
    chosen = frame[(frame["table"] == table) & (frame["batch_size"] == label) & (frame["column"] == column)]
    assert len(chosen) == 1
    return chosen.iloc[0]


def test_every_printed_value_has_one_line_whether_it_was_run_or_not(compared):
    frame = compared(table_5=[("128", errors(7.9))])
    assert len(frame) == 4 * 61
    assert (frame["status"] == "not run").sum() == 4 * 60
    assert cell(frame, "5", "128")["status"] == "full length"
    assert cell(frame, "5", "128")["difference"] == pytest.approx(7.9 - 7.74)
    assert (frame["misprint"] != "").sum() == 1, "1.1031 of Table 7"


def test_shortened_and_diverged_rows_are_said_as_such_and_only_full_ones_count(compared):
    frame = compared(
        table_6=[
            ("128", errors(0.5, epochs=3.0)),
            ("512", [{"diverged": True}]),
            ("1024", [*errors(0.7, 0.8), {"diverged": True}]),
        ]
    )
    states = [cell(frame, "6", label)["status"] for label in ("128", "512", "1024", "2048")]
    assert states == ["shortened", "diverged", "full length", "not run"]
    assert cell(frame, "6", "1024")["seeds"] == 2
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
    rows = [("128", errors(7.0, 7.2)), ("512", errors(8.1)), ("1024", [{"diverged": True}]), ("2048", errors(9.1))]
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


def test_a_falling_error_is_told_from_a_rising_one(compared):
    frame = slopes(
        compared(
            table_11=[("128", errors(9.0)), ("4096->128", errors(7.2)), ("8192->128", errors(7.4))],
            table_5=[("128", errors(9.0))],
        )
    )
    assert list(frame["table"]) == ["11"] * 4
    assert frame.set_index("column").loc["test_error_percent", "same_sign"] == "no"
    assert frame.set_index("column").loc["train_error_percent", "same_sign"] == "flat"


def test_the_distance_of_the_print_is_an_f_test_of_the_rows_of_two_seeds_and_full_length(compared):
    """SciPy's F distribution is the other opinion; Table 5 prints 7.74 at 128 and 8.07 at 512."""
    used = [(7.74, np.array([7.70, 7.76, 7.82])), (8.07, np.array([8.10, 8.20]))]
    rows = [("128", errors(*used[0][1])), ("512", errors(*used[1][1])), ("1024", errors(8.3))]
    rows += [("2048", errors(9.9, 8.9, epochs=3.0))]
    (line,) = seed_scatter(compared(table_5=rows, table_6=[("128", errors(0.4, 0.5))])).to_dict("records")
    variance = sum(np.square(values - values.mean()).sum() for _, values in used) / 3
    squares = [(printed - values.mean()) ** 2 / (1 + 1 / len(values)) for printed, values in used]
    assert (line["table"], line["rows"], line["freedom"]) == ("5", 2, 3)
    assert line["deviation"] == pytest.approx(math.sqrt(variance))
    assert line["ratio"] == pytest.approx(math.sqrt(np.mean(squares) / variance))
    assert line["p"] == pytest.approx(stats.f.sf(np.mean(squares) / variance, 2, 3))
    assert line["p_but_largest"] == pytest.approx(stats.f.sf(squares[0] / used[0][1].var(ddof=1), 1, 2))


def test_seeds_that_do_not_scatter_have_no_ratio_and_a_row_of_table_5_counts_once(compared):
    rows = [("128", errors(7.9, 8.0)), ("4096->128", errors(7.8, 7.8)), ("8192->128", errors(7.9, 7.9))]
    frame = seed_scatter(compared(table_11=rows))
    assert frame["rows"].tolist() == [2]
    assert frame[["ratio", "p", "p_but_largest"]].isna().all(axis=None)
