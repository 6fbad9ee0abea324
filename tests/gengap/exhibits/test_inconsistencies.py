import pytest

from gengap.exhibits import inconsistencies as module
from gengap.exhibits.inconsistencies import DOCUMENT, inconsistencies
from gengap.paper.printed import MISPRINTS, read_misprints
from gengap.report.words import text


@pytest.fixture(scope="module")
def found():
    return inconsistencies()


def evidence(found, place):
    chosen = found[found["place"] == place]["evidence"]
    assert len(chosen) == 1, place
    return chosen.item()


def test_the_document_is_what_the_module_writes(found):
    written = text("inconsistencies.md.j2", rows=found.to_dict("records"))
    assert DOCUMENT.read_text(encoding="utf-8") == written, "run: PYTHONPATH=workflow python -m " + module.__name__


def test_every_printed_expectation_that_theory_contradicts_is_listed_and_known_as_a_misprint(found):
    places = " ".join(found[["place", "statement"]].agg(" ".join, axis=1))
    known = {(number, row) for number in ("A1", "A2", "A3") for row, _ in read_misprints(MISPRINTS, number)}
    assert len(known) == 7
    for number, row in known:
        assert f"Table {number}" in places
        assert row.replace("x", " × ") in places
    assert sum(place.startswith(("Table A1", "Table A2")) for place in found["place"]) == 3


def test_printed_values_are_quoted_not_remembered(found, tmp_path, monkeypatch):
    """Another printed value gives other evidence."""
    changed = tmp_path / "tables.csv"
    printed = module.PRINTED_RESULTS.read_text(encoding="utf-8")
    changed.write_text(printed.replace("1,512,0.02,", "1,512,0.025,"), encoding="utf-8")
    monkeypatch.setattr(module, "PRINTED_RESULTS", changed)
    assert "In 6 of 26 steps" in evidence(found, "Section 5.3")
    assert "In 5 of 26 steps" in evidence(inconsistencies(), "Section 5.3")


def test_the_test_error_grows_far_less_than_the_batch_size(found):
    assert "factors of 1.25 to 2.60" in evidence(found, "Equation (3)")


def test_it_is_shown_as_a_table_of_three_columns(exhibit, found):
    table = exhibit("inconsistencies")
    assert len(table.header) == 3
    assert len(table.rows) == len(found) >= 20
