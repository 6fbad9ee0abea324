"""The comparison with the print, against SciPy and against the printed tables themselves."""

import math

import numpy as np
import pandas as pd
import pytest
from gengap.results.audit_sentences import losses_sentence, slopes_sentence, train_errors_sentence
from gengap.results.comparison_figure import comparison_figure, comparison_figure_item
from gengap.results.comparison_items import comparison_item, comparison_losses_item, slopes_item
from scipy import stats

from gengap.render.style import figure_style, save
from gengap.results.comparison import compare_with_print, prediction_interval, summary
from gengap.results.printed import MISPRINTS, PRINTED_RESULTS
from gengap.results.slopes import clear_slopes, slope, slopes

SIZES = (128, 512, 1024, 2048, 4096, 8192)


@pytest.fixture
def compared(stages):
    """The comparison of made-up runs: rows by table number, each (label, values of its seeds by metric)."""

    def compare(**tables):
        measured = {}
        for number, rows in tables.items():
            measured[number.removeprefix("table_")] = [
                {
                    "label": label,
                    "metrics": [
                        stages.metrics(int(label.partition("->")[0]), seed, experiment=number, **values)
                        for seed, values in enumerate(seeds)
                    ],
                }
                for label, seeds in rows
            ]
        return compare_with_print(measured, PRINTED_RESULTS, MISPRINTS)

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


def test_the_interval_is_that_of_one_new_observation():
    values = np.array([7.5, 8.1, 7.7])
    half = stats.t.ppf(0.975, df=2) * values.std(ddof=1) * math.sqrt(1 + 1 / 3)
    expected = values.mean() - half, values.mean() + half
    assert prediction_interval(values.mean(), values.std(ddof=1), 3) == pytest.approx(expected)


def test_the_interval_covers_a_new_observation_as_often_as_it_says():
    draws = np.random.default_rng(5).standard_normal((4000, 4))
    inside = 0
    for *seen, new in draws:
        low, high = prediction_interval(np.mean(seen), np.std(seen, ddof=1), 3)
        inside += low <= new <= high
    assert inside / len(draws) == pytest.approx(0.95, abs=0.012)


def test_a_printed_value_is_judged_by_the_interval_and_needs_two_seeds(compared):
    frame = compared(table_5=[("128", errors(7.7, 7.8)), ("512", errors(9.0, 9.01)), ("1024", errors(8.2))])
    assert cell(frame, "5", "128")["in_interval"] == "yes"
    assert cell(frame, "5", "512")["in_interval"] == "no"
    assert cell(frame, "5", "1024")["in_interval"] == "single seed"


def test_a_printed_value_stands_for_all_that_round_to_it(compared):
    """Two equal runs leave an interval without width; 7.744 is printed as 7.74, 7.75 is not."""
    frame = compared(table_5=[("128", errors(7.744, 7.744)), ("512", errors(8.08, 8.08))])
    assert cell(frame, "5", "128")["in_interval"] == "yes"
    assert cell(frame, "5", "512")["in_interval"] == "no"


def test_rows_are_within_the_tolerance_of_their_data_set(compared):
    frame = compared(
        table_1=[("64", errors(7.7, epochs=200.0)), ("128", errors(8.2, epochs=200.0))],
        table_5=[("128", errors(8.7, 8.8))],
    )
    assert [cell(frame, "1", label)["within_tolerance"] for label in ("64", "128")] == ["yes", "no"]
    assert cell(frame, "5", "128")["within_tolerance"] == "no"
    assert cell(frame, "5", "128", "train_loss")["within_tolerance"] == ""
    assert summary(frame) == (
        "LeNet-5 on Fashion-MNIST: 0 of 1 test errors within 1.0 points of print, 1.01 or 13\u202f% of the print in the"
        " median (22 are printed); CIFAR-10: 1 of 2 test errors within 1.5 points of print (as would a single number for"
        " all), 1.53 or 24\u202f% of the print in the median (10 are printed)."
    )


def test_a_difference_of_exactly_the_tolerance_is_within_it(compared):
    frame = compared(table_11=[("24576->128", errors(8.64)), ("4096->128", errors(8.86))])
    assert cell(frame, "11", "24576->128")["printed"] == 7.64
    assert [cell(frame, "11", label)["within_tolerance"] for label in ("24576->128", "4096->128")] == ["yes", "no"]


def test_the_baseline_of_table_11_is_told_to_be_that_of_table_5_or_not(compared):
    baseline, switched = ("128", errors(7.9)), ("4096->128", errors(8.1))
    for table_5, said in (
        ([baseline], "so it is here"),
        ([("128", errors(7.8))], "run of its own"),
        ([], "run of its own"),
    ):
        notes = comparison_item(compared(table_5=table_5, table_11=[baseline, switched])).notes
        assert [said in note for _, note in notes if "Table 11 is that of Table 5" in note] == [True]
    lost = ("128", [{"diverged": True}])
    for table_5, said in (([lost], "so it is here"), ([], "run of its own")):
        (_, note) = comparison_item(compared(table_5=table_5, table_11=[lost, switched])).notes[0]
        assert said in note
    assert not any("Table 11 is" in note for _, note in comparison_item(compared(table_5=[baseline])).notes)


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
    assert "1 of 2 test errors" in summary(frame)
    rows = comparison_item(frame).rows
    assert rows[0][:3] == ["6: 128", "1", "3 of 60"]
    assert rows[1][1:5] == ["0 of 1", "–", "0.62", "diverged"]
    assert rows[2][1] == "2 of 3"
    assert rows[3][4] == "not run"


def test_a_misprint_is_marked_and_never_blamed_on_the_run(compared):
    frame = compared(table_7=[("512", [{"train_loss": 0.1, "train_error_percent": 9.0}] * 2)])
    item = comparison_losses_item(frame)
    assert item.rows[0][1:3] == ["9.00 (1.16) *", "0.1000 (1.1031 a)"]
    assert [mark for mark, _ in item.notes] == ["a", "*"]


def test_slopes_are_scipys():
    x, y = [7.0, 9.0, 10.0, 11.0], [0.44, 0.62, 0.64, 0.9]
    fit = stats.linregress(x, y)
    half = stats.t.ppf(0.975, df=2) * fit.stderr
    found = slope(x, y)
    assert (found.value, found.low, found.high) == pytest.approx((fit.slope, fit.slope - half, fit.slope + half))


def test_two_points_have_a_slope_without_an_interval_and_one_has_none():
    assert slope([1, 2], [3, 5]).value == 2
    assert math.isnan(slope([1, 2], [3, 5]).low)
    assert math.isnan(slope([1], [3]).value)


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


def test_training_errors_on_one_side_of_the_print_are_told_by_table():
    def rows(number, *differences, printed=0.5, status="full length"):
        line = {"table": number, "column": "train_error_percent", "printed": printed, "status": status, "misprint": ""}
        line |= {"batch_size": "128"}
        return pd.DataFrame([line | {"difference": difference} for difference in differences])

    parts = [rows("5", -1, -2), rows("6", -1, 1), rows("7", 1, 2, -3), rows("8", -1), rows("9", 1, 1, printed=0)]
    frame = pd.concat([*parts, rows("10", -1, -1, status="shortened"), rows("5", 9).assign(misprint="A digit.")])
    assert train_errors_sentence(frame) == (
        "Where the print has a training error above zero, the measured one lies below it in 2 of 2 rows of Table 5 and"
        " 1 of 1 rows of Table 8, and above it in 2 of 3 rows of Table 7."
    )
    assert train_errors_sentence(rows("6", -1, 1)) == ""


def test_losses_are_told_beside_the_printed_ones(compared):
    frame = compared(
        table_5=[("128", [{"train_loss": 0.0733}]), ("512", [{"train_loss": 0.094}])],
        table_7=[("128", [{"train_loss": 0.157}, {"train_loss": 0.471}]), ("512", [{"train_loss": 9.0}] * 2)],
        table_11=[("128", [{"train_loss": 9.0}]), ("8192->128", [{"train_loss": 0.0368}])],
    )
    assert losses_sentence(frame) == (
        "Measured training losses are, in the median, 1 (Table 5), 4 (Table 7) and 0.5 (Table 11) times the printed"
        " ones, and 4 times where they are farthest from them (Table 7 at 128, 0.31 ± 0.22 over seeds)."
    ), "neither a misprint nor a training of another table"
    assert losses_sentence(frame[frame["status"] == "not run"]) == ""


def test_no_slope_of_the_printed_sign_is_told_as_such(compared):
    frame = slopes(compared(table_5=[("128", errors(9.0)), ("512", errors(8.0)), ("1024", errors(7.5))]))
    assert slopes_sentence(frame) == (
        "The slope of the test error against the logarithm of the batch size has the printed sign in 0 of 1 tables"
        " measured at full length. It has the other sign in Table 5, with neither interval including zero."
    )
    frame.loc[1, "measured_high"] = 0.1
    assert slopes_sentence(frame).endswith("It has the other sign in Table 5.")


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
    assert slopes_item(frame).rows[0][0] == "Table 11"
    assert "0 of 1 tables" in slopes_item(frame).caption


def test_runs_that_all_diverged_leave_empty_slopes(compared):
    frame = slopes(compared(table_5=[("128", [{"diverged": True}])]))
    assert len(frame) == 0
    assert slopes_item(frame).rows == []


def test_the_figure_has_a_panel_for_each_table_and_all_its_text(compared, tmp_path, assert_all_text_on_page):
    every = [(str(size), errors(9.0 + size / 4096, 9.2 + size / 4096)) for size in SIZES]
    lost = [("128", errors(0.5, epochs=2.0)), ("512", [{"diverged": True}])]
    switched = [("128", errors(7.9)), ("24576->128", errors(7.7))]
    frame = compared(table_7=every, table_8=lost, table_11=switched, table_6=every)
    title = "LeNet-5 without batch normalization on Fashion-MNIST"
    with figure_style({}) as look:
        figure = comparison_figure(frame, dict.fromkeys(("6", "7", "8", "11"), title), look)
        save(figure, look, tmp_path / "figure.pdf", tmp_path / "figure.png")
        assert sum(axes.get_visible() for axes in figure.axes) == 4
        assert_all_text_on_page(figure)
    assert "Hollow points" in comparison_figure_item(frame).caption
