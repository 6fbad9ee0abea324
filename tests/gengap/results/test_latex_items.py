import shutil
import subprocess

import pytest
from gengap.results.latex_items import item_latex

PREAMBLE = (
    "\\documentclass[11pt,a4paper]{article}\n\\usepackage[margin=25mm]{geometry}\n"
    "\\usepackage{array,booktabs,graphicx,longtable}\n\\begin{document}\n"
)
LONG = "A sentence with 5 % of _hostile_ characters & more, long enough that it must be broken over several lines."


def test_numbers_stand_to_the_right_and_words_to_the_left():
    tex = item_latex("x", "T", "C", ["Name", "Value", "Both"], [["one", "−1.5 ± 0.2", "yes"], ["two", "12%", "3"]])
    assert r"\begin{tabular}{lrl}" in tex


def test_long_cells_become_paragraphs_that_fit_the_line():
    tex = item_latex("x", "T", "C", ["Name", "Value", "Why"], [["one", "1.5", LONG]])
    assert r"\begin{longtable}{lr>{\raggedright\arraybackslash}p{" in tex


def test_many_rows_may_break_across_pages_and_repeat_their_heading():
    tex = item_latex("x", "T", "C", ["Name", "Value"], [["one", "1"]] * 40)
    assert r"\begin{longtable}{lr}" in tex
    assert tex.count("Name & Value") == 2


def test_notes_stand_below_with_their_marks():
    tex = item_latex("x", "T", "C", ["Name"], [["one"]], [("a", "Why & how."), ("", "On all.")])
    assert r"\textsuperscript{a} Why \& how." in tex
    assert "raggedright On all." in tex


@pytest.mark.tex
def test_short_and_long_tables_compile_without_overfull_lines(tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    short = item_latex("s", "Short", "A caption.", ["Name", "E σ_min"], [["1000 × 10", "28.93"]], [("a", LONG)])
    long = item_latex("l", "Long", LONG, ["Name", "Value", "Evidence", "Verdict"], [["one", "1", LONG, LONG]] * 30)
    (tmp_path / "items.tex").write_text(f"{PREAMBLE}{short}\n{long}\\end{{document}}\n", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "items.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull" not in done.stdout
