from gengap.exhibits import inconsistencies
from gengap.paper.printed import read_misprints, read_printed_results
from gengap.report.words import text


def test_the_document_is_what_the_module_writes():
    written = text("inconsistencies.md.j2", rows=inconsistencies.inconsistencies().to_dict("records"))
    assert inconsistencies.DOCUMENT.read_text(encoding="utf-8") == written, "run: make docs"


def test_every_printed_expectation_that_theory_contradicts_is_listed_and_known_as_a_misprint():
    found = inconsistencies.inconsistencies()
    places = " ".join(found[["place", "statement"]].agg(" ".join, axis=1))
    known = {(number, row) for number in ("A1", "A2", "A3") for row, _ in read_misprints(number)}
    assert len(known) == 7
    for number, row in known:
        assert f"Table {number}" in places
        assert row.replace("x", " × ") in places
    assert sum(place.startswith(("Table A1", "Table A2")) for place in found["place"]) == 3


def test_printed_values_are_quoted_not_remembered(exhibit, monkeypatch):
    """Another printed value gives other evidence."""

    def steps():
        table = exhibit("inconsistencies")
        return next(row[2] for row in table.rows if row[0] == "Section 5.3")

    assert "In 6 of 26 steps" in steps()
    printed = {str(number): read_printed_results(str(number)) for number in range(1, 12)}
    printed["1"]["512"]["train_error_percent"] = 0.025
    monkeypatch.setattr(inconsistencies, "read_printed_results", printed.get)
    assert "In 5 of 26 steps" in steps()
