import pytest

from gengap.report.document import compile_or_explain

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
