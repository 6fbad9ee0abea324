import subprocess

import pytest

from gengap.render.exhibit import Cell, Table
from gengap.render.latex import table_latex
from gengap.render.latex_text import escape

PREAMBLE = (
    "\\documentclass[11pt,a4paper]{article}\n\\usepackage[T1]{fontenc}\n\\usepackage[margin=25mm]{geometry}\n"
    "\\usepackage{array,booktabs,graphicx,longtable,xcolor}\n\\begin{document}\n"
)
LONG = "A sentence with 5 % of _hostile_ characters & more, long enough that it must be broken over several lines."
HOSTILE = "Ghost & 50% of $data_{set}$ ~^\\ #1 “digits (28×28)”: E σ_min, ½λ‖w‖² ± 1 – 2 — 3…"


def latex(header, rows, notes=(), title="T", caption="C"):
    return table_latex(Table(title, caption, header, rows, notes), "x")


def test_numbers_stand_to_the_right_and_words_to_the_left():
    text = latex(["Name", "Value", "Both"], [["one", "−1.5 ± 0.2", "yes"], ["two", "12%", "3"]])
    assert r"\begin{tabular}{lrl}" in text


def test_long_cells_become_paragraphs_that_fit_the_line():
    text = latex(["Name", "Value", "Why"], [["one", "1.5", LONG]])
    assert r"\begin{longtable}{lr>{\raggedright\arraybackslash}p{" in text


def test_many_rows_may_break_across_pages_and_repeat_their_heading():
    text = latex(["Name", "Value"], [["one", "1"]] * 40)
    assert r"\begin{longtable}{lr}" in text
    assert text.count("Name & Value") == 2


def test_what_a_number_is_compared_with_stands_below_it_and_the_mark_beside_that():
    rows = [[Cell("128", mark="†"), Cell("0.10", "1.10 (−1.00)", "a"), "9"]]
    text = latex(["Batch size", "Loss", "Updates"], rows, [("a", "Why & how."), ("", "On all.")])
    assert r"128\textsuperscript{$\dagger$} & 0.10 & 9 \\*" in text
    assert r"& \textcolor{gray}{1.10 ($-$1.00)}\textsuperscript{a} & \\" in text.replace("  ", " ")
    assert r"\textsuperscript{a} Why \& how." in text
    assert "raggedright On all." in text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("50% of A&B_1 #2 $3 {4}", r"50\% of A\&B\_1 \#2 \$3 \{4\}"),
        ("a\\b^c~d", r"a\textbackslash{}b\textasciicircum{}c\textasciitilde{}d"),
        (
            "b_s ≥ 10⁻⁴, h₀ of lenet5_mnist",
            r"$b_{s}$ $\ge$ 10\textsuperscript{$-$4}, h\textsubscript{0} of lenet5\_mnist",
        ),
        ("σ_min ≤ 28×28 → “x”", r"$\sigma_{\min}$ $\le$ 28$\times$28 $\to$ ``x''"),
        ("α = 0.1, Ω, Ά", r"$\alpha$ = 0.1, $\Omega$, A"),
        ("Žluťoučký e\u0301 x\u0302 ﬁ ß", r"\v{Z}lu\v{t}ou\v{c}k\'{y} \'{e} \^{x} fi \ss{}"),
        ("猫 Привет אב 👩\u200d👩", "? ?????? ?? ??"),
        pytest.param("a\tb\nc\x00d\u200be\ud83d", "a b cde?", id="control characters"),
        ("[x] *", "{}[x] *"),
        ("* x", "{}* x"),
    ],
)
def test_what_latex_would_take_for_a_command_is_escaped(text, expected):
    assert escape(text) == expected


def test_what_has_no_font_is_told_in_the_log(caplog):
    escape("鼠 and 鼠")
    assert caplog.text.count("鼠") == 1


def compiled(folder, source):
    """What pdflatex says and logs of a source that it compiles."""
    (folder / "all.tex").write_text(source, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=120)
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout + (folder / "all.log").read_text(errors="replace")


@pytest.mark.tex
@pytest.mark.parametrize("packages", ["", r"\usepackage[T1]{fontenc}\usepackage{mathptmx}"])
def test_every_character_compiles_with_every_accent(tmp_path, packages):
    accented = (letter + chr(mark) for letter in "aijIα1& " for mark in range(0x300, 0x370))
    shown = {escape(text) for text in (*map(chr, range(0x20000)), *accented)}
    words = "\n".join(sorted(shown - {""}))
    source = (
        rf"\documentclass{{article}}{packages}\begin{{document}}\section{{{words}}}\texttt{{{words}}}\end{{document}}"
    )
    assert "Missing character" not in compiled(tmp_path, source)


@pytest.mark.tex
def test_short_long_and_hostile_tables_compile_without_overfull_lines(tmp_path):
    beside = [["Name", Cell("28.93 ± 0.14%", "29.93% (−1.00)", "a"), HOSTILE[:20]]] * 3
    wide = ["LeNet-5 on Fashion-MNIST", "square root, ghosts", *["−1.15 %"] * 5, "helps large alone", "not seen"]
    tables = [
        latex(["Name", "E σ_min", "x"], beside, [("a", LONG), ("†", "Diverged.")]),
        latex(["Name", "Value", "Evidence", "Verdict"], [["one", "1", LONG, LONG]] * 30, caption=LONG),
        latex(["Network", "Remedy", *["Error, small"] * 5, "Verdict", "Then"], [wide] * 30),
        latex([HOSTILE[:12], "Why"], [[HOSTILE[:12], HOSTILE]], [("a", HOSTILE)], HOSTILE, HOSTILE),
    ]
    assert "Overfull" not in compiled(tmp_path, PREAMBLE + "\n".join(tables) + "\\end{document}\n")
