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


GOOD = r"\pdftrailerid{}\documentclass{article}\begin{document}Words\label{a}, page \pageref{a}.\end{document}"


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "paper.tex"
    path.write_text(GOOD)
    return path


def explained(source, caplog, word):
    """A page stands in for the document, the log has the word, and the source is as it was."""
    before = source.read_bytes()
    assert not compile_or_explain(source, source.with_suffix(".pdf"))
    assert source.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    assert word in caplog.text
    assert source.read_bytes() == before


@pytest.mark.parametrize(
    ("program", "word"),
    [(None, "not installed"), ("#!/bin/sh\nkill -9 $$", "-9"), ("#!/nowhere", "cannot be started"), ("\0", "started")],
)
def test_without_a_tex_that_works_a_page_says_so_and_the_log_too(source, tmp_path, monkeypatch, caplog, program, word):
    if program is not None:
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "pdflatex").write_text(program)
        (tmp_path / "bin" / "pdflatex").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    explained(source, caplog, word)


@pytest.mark.tex
class TestWithTex:
    def test_equal_sources_are_equal_files_and_nothing_is_left_beside_them(self, source):
        pdf = source.with_suffix(".pdf")
        assert compile_or_explain(source, pdf)
        first = pdf.read_bytes()
        assert compile_or_explain(source, pdf)
        assert pdf.read_bytes() == first
        assert sorted(path.name for path in source.parent.iterdir()) == ["paper.pdf", "paper.tex"]

    @pytest.mark.parametrize(
        ("change", "environment", "word"),
        [
            ((r"\begin", r"\usepackage{nosuchpackage}\begin"), {}, "nosuchpackage.sty"),
            (("Words", r"\nosuchcommand"), {}, "Undefined control sequence"),
            (("Words", r"\font\none=nosuchfont \none Words"), {}, "nosuchfont"),
            ((r"Words\label{a}, page \pageref{a}.", ""), {}, "No pages of output"),
            (("", ""), {"TEXMFCNF": "/nowhere"}, "format file"),
        ],
        ids=["package", "error of the source", "font", "no page", "format file"],
    )
    def test_a_page_says_what_stopped_tex(self, source, monkeypatch, caplog, change, environment, word):
        source.write_text(GOOD.replace(*change, 1))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        explained(source, caplog, word)

    def test_what_reaches_over_the_margin_is_told(self, source, caplog):
        source.write_text(GOOD.replace("Words", r"\mbox{\rule{2\textwidth}{1pt}}"))
        assert compile_or_explain(source, source.with_suffix(".pdf"))
        assert "reach over the margin" in caplog.text
