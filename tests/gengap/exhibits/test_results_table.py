"""Tables 1 to 11: printed values below the measured ones, with their marks."""

import pytest


@pytest.fixture
def show(exhibit, tables):
    def shown(rows, number="5", **changes):
        (subject,) = tables(**{f"table_{number}": rows})
        return exhibit("results_table", subject | changes)

    return shown


ROWS = [("128", [{}, {"test_error_percent": 8.16}]), ("512", [None]), ("64", [{}]), ("4096->128", [{}, None])]


def test_a_diverged_row_is_marked_explained_and_shows_what_is_printed(show):
    table = show(ROWS)
    assert (table.rows[1][0].text, table.rows[1][0].mark) == ("512", "†")
    assert (table.rows[1][2].text, table.rows[1][2].below) == ("diverged", "8.07%")
    (note,) = (text for mark, text in table.notes if mark == "†")
    assert "1 of 1 at 512, 1 of 2 at 4096 → 128" in note
    assert not show(ROWS[:1]).notes


@pytest.mark.parametrize(("place", "changes"), [(2, {}), (0, {"reproduces_paper": False})])
def test_a_row_that_is_not_printed_has_nothing_below(show, place, changes):
    assert [cell.below for cell in show(ROWS, **changes).rows[place]] == [""] * 9
