import pytest

from gengap.report.content import read_content
from gengap.report.document import compile_or_explain, render

HOSTILE = "Ghost & 50% of $data_{set}$ ~^\\ #1 “digits (28×28)”"


@pytest.fixture
def document(page):
    return lambda *text, **changes: render(read_content(*page(*text, **changes)))


def test_each_table_and_figure_is_taken_in_once_from_its_file(document):
    source = document()
    for line in (
        r"\input{../tables/table_6.tex}",
        r"\paperfigure{3}{../figures/figure_3.pdf}",
        r"\input{../audit/slopes.tex}",
        r"\fitted{../audit/test_error.pdf}",
    ):
        assert source.count(line) == 1
    places = ("test_error.pdf", r"\section{LeNet-5}", "table_6.tex", r"\section{All networks}", "slopes.tex")
    assert [source.index(place) for place in places] == sorted(source.index(place) for place in places)
    assert r"\textbf{This is the demo.}" in source
    assert "Poor in rank." in source


def test_what_is_none_of_the_papers_is_not_told_to_be(document):
    assert "arXiv" in document()
    assert "arXiv" not in document(of_the_paper=False, note=None)


def test_shortened_trainings_are_told(document):
    table = {"title": "LeNet-5", "smallest": "128", "largest": "128", "epochs": 3.0, "paper_epochs": 60}
    assert "3 epochs" in document(found={"tables": {"6": table | {"shortened": True}}})
    assert "not comparable with print" not in document(found={"tables": {"6": table | {"shortened": False}}})


def test_a_document_of_nothing_has_no_empty_section(page):
    files, subject = page(note=None, dataset_notes={}, of_the_paper=False)
    source = render(read_content({**files, "exhibits": [], "metrics": [], "provenance": []}, subject))
    assert "Nothing was run that allows one." in source
    for heading in ("How to read tables and figures", "LeNet-5", "All networks"):
        assert rf"\section{{{heading}}}" not in source


@pytest.mark.tex
@pytest.mark.parametrize("text", ["", HOSTILE])
def test_it_compiles_without_an_overfull_line(document, stages, caplog, text):
    source = stages.path("paper/reproduction.tex")
    source.write_text(document(text), encoding="utf-8")
    pdf = source.with_suffix(".pdf")
    assert compile_or_explain(source, pdf)
    assert pdf.stat().st_size > 20_000
    assert "over the margin" not in caplog.text
