import pytest

from gengap.paper.printed import (
    PRINTED_COLUMNS,
    read_misprints,
    read_printed_expectations,
    read_printed_results,
    row_label,
)


def test_printed_results_are_those_of_the_paper():
    rows = read_printed_results("5")
    assert list(rows) == ["128", "512", "1024", "2048", "4096", "8192"]
    assert rows["8192"] == dict(zip(PRINTED_COLUMNS, (5.81, 10.45, 0.3700, 0.4786), strict=True))


def test_a_table_that_the_paper_lacks_has_no_printed_rows():
    assert read_printed_results("ghost") == {}
    assert read_printed_expectations("b1") == {}


def test_printed_expectations_are_those_of_the_paper():
    values = read_printed_expectations("a2")
    assert len(values) == 15
    assert values[1000, 1000] == 0.0052


def test_known_misprints_are_found_by_row_and_column():
    assert "0.1031" in read_misprints("7")["512", "train_loss"]
    assert len(read_misprints("a3")) == 4
    assert read_misprints("5") == {}


@pytest.mark.parametrize(("text", "label"), [("4096 → 128", "4096->128"), (" 4000 × 50", "4000x50"), ("64", "64")])
def test_a_row_has_one_spelling(text, label):
    assert row_label(text) == label
