"""Tables A1 to A3, and a user's own."""

import pytest

A1 = {"number": "a1", "law": "gaussian", "title": "", "reproduces_paper": True}
OWN = A1 | {"number": "own", "title": "Mine", "reproduces_paper": False}


@pytest.fixture
def extremes(stages):
    """Of a printed entry that is a misprint, of one that is right, and of a size that is not printed."""
    sizes = {(1000, 10): (28.96, 0.43), (1000, 50): (24.9, 0.3), (60, 20): (3.4, 0.3)}
    return [stages.extremes(*size, *values) for size, values in sizes.items()]


def test_printed_values_stand_beside_the_measured_ones_with_their_marks(exhibit, extremes):
    table = exhibit("expectations_table", A1, extremes=extremes)
    first, second, third = table.rows
    assert [cell if isinstance(cell, str) else cell.text for cell in first[:3]] == ["1000 × 10", "28.9600", "0.0430"]
    assert (first[4].text, first[4].mark, *first[5:]) == ("29.9333", "a", "−0.9733", "−16.0")
    assert (second[4].text, second[4].mark) == ("24.9032", "")
    assert (third[4].text, *third[5:]) == ("not printed", "–", "–")
    assert [(mark, "28.9333" in text) for mark, text in table.notes] == [("a", True)]
    assert (table.number, table.data["repeats"].tolist()) == ("a1", [100] * 3)


def test_a_table_of_ones_own_is_compared_with_theory_alone(exhibit, extremes):
    table = exhibit("expectations_table", OWN, extremes=extremes)
    assert table.title == "Mine"
    assert {row[4].text for row in table.rows} == {"not printed"}
    assert "–" not in {row[3] for row in table.rows}
