"""Tables 1 to 11: printed values below the measured ones, with their marks."""

import pytest


@pytest.fixture
def show(exhibit, tables):
    def shown(rows, number="5", **changes):
        (subject,) = tables(**{f"table_{number}": rows})
        return exhibit("results_table", subject | changes)

    return shown


ROWS = [("128", [{}, {"test_error_percent": 8.16}]), ("512", [{"diverged": True}]), ("64", [{}])]


def test_each_measured_value_stands_above_the_printed_one_and_the_difference(show):
    table = show(ROWS)
    assert table.header[:5] == ("Batch size", "Train error", "Test error", "Train loss", "Test loss")
    label, _, error, _, loss, cross_entropy = table.rows[0][:6]
    assert (label.text, label.mark) == ("128", "")
    assert (error.text, error.below, error.mark) == ("8.06 ± 0.14%", "7.74% (+0.32)", "")
    assert (loss.text, loss.below) == ("0.3906 ± 0.0000", "0.3895 (+0.0011)")
    assert (cross_entropy.text, cross_entropy.below) == ("0.0031 ± 0.0000", "")
    assert table.data["test_error_percent_mean"][0] == pytest.approx(8.06)


def test_a_diverged_row_is_marked_explained_and_shows_what_is_printed(show):
    table = show(ROWS)
    assert (table.rows[1][0].text, table.rows[1][0].mark) == ("512", "†")
    assert (table.rows[1][2].text, table.rows[1][2].below) == ("diverged", "8.07%")
    (note,) = (text for mark, text in table.notes if mark == "†")
    assert "1 of 1 at 512" in note


def test_a_misprint_is_marked_and_its_reason_stands_below(show):
    table = show([("512", [{}])], number="7")
    assert (table.rows[0][3].below[:6], table.rows[0][3].mark) == ("1.1031", "a")
    assert [(mark, "0.1031" in text) for mark, text in table.notes] == [("a", True)]


@pytest.mark.parametrize(("place", "changes"), [(2, {}), (0, {"reproduces_paper": False})])
def test_a_row_that_is_not_printed_has_nothing_below(show, place, changes):
    assert [cell.below for cell in show(ROWS, **changes).rows[place]] == [""] * 9


def test_a_shortened_training_is_told(show):
    assert "3 epochs" in show([("128", [{"epochs": 3.0}])]).caption
