import shutil

import pytest
from gengap.results.tex import compile_or_explain

from gengap.errors import UserError

GOOD = r"\pdftrailerid{}\documentclass{article}\begin{document}Words\label{a}, page \pageref{a}.\end{document}"


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "paper.tex"
    path.write_text(GOOD)
    return path


def test_without_tex_a_page_says_so_and_the_log_too(source, monkeypatch, caplog):
    monkeypatch.setenv("PATH", "")
    pdf = source.with_suffix(".pdf")
    assert not compile_or_explain(source, pdf)
    assert pdf.read_bytes().startswith(b"%PDF")
    assert "pdflatex is not installed" in caplog.text


@pytest.mark.tex
class TestWithTex:
    @pytest.fixture(autouse=True)
    def _needs_tex(self):
        if shutil.which("pdflatex") is None:
            pytest.skip("pdflatex is not installed")

    def test_equal_sources_are_equal_files_and_nothing_is_left_beside_them(self, source):
        pdf = source.with_suffix(".pdf")
        assert compile_or_explain(source, pdf)
        first = pdf.read_bytes()
        assert compile_or_explain(source, pdf)
        assert pdf.read_bytes() == first
        assert sorted(path.name for path in source.parent.iterdir()) == ["paper.pdf", "paper.tex"]

    def test_a_package_that_is_not_installed_is_named(self, source, caplog):
        source.write_text(GOOD.replace(r"\begin", r"\usepackage{nosuchpackage}\begin", 1))
        assert not compile_or_explain(source, source.with_suffix(".pdf"))
        assert "nosuchpackage.sty" in caplog.text

    def test_an_error_of_the_source_is_told_in_one_sentence(self, source):
        source.write_text(GOOD.replace("Words", r"\nosuchcommand"))
        with pytest.raises(UserError, match=r"TeX finds an error in .*paper\.tex: .*Undefined control sequence"):
            compile_or_explain(source, source.with_suffix(".pdf"))
        assert not source.with_suffix(".pdf").exists()

    def test_what_reaches_over_the_margin_is_told(self, source, caplog):
        source.write_text(GOOD.replace("Words", r"\mbox{\rule{2\textwidth}{1pt}}"))
        assert compile_or_explain(source, source.with_suffix(".pdf"))
        assert "reach over the margin" in caplog.text
