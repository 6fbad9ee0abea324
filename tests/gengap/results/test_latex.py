import re
import shutil
import subprocess

import pytest
from gengap.results.latex import (
    comparison_latex,
    escape,
    expectations_comparison_latex,
    expectations_latex,
    results_latex,
)
from gengap.results.random_matrix_tables import expectations_comparison, expectations_table

from gengap.results.captions import Subject, comparison_caption, results_caption, titled
from gengap.results.tables import comparison_table, results_table

SUBJECT = Subject("7", "LeNet-5 on Fashion-MNIST", "Fashion-MNIST", "LeNet-5", True)
PRINTED = {
    "128": {"train_error_percent": 0.02, "test_error_percent": 8.91, "train_loss": 0.0785, "test_loss": 0.4784},
    "512": {"train_error_percent": 1.16, "test_error_percent": 9.13, "train_loss": 1.1031, "test_loss": 0.3651},
}


@pytest.fixture
def table(stages):
    return results_table(
        [
            {"label": "128", "metrics": [stages.metrics(128, 0), stages.metrics(128, 1, test_error_percent=8.16)]},
            {"label": "512", "metrics": [stages.metrics(512, 0), stages.metrics(512, 1, diverged=True)]},
            {"label": "4096->128", "metrics": [stages.metrics(4096, 0, diverged=True)]},
        ]
    )


@pytest.fixture
def comparison(table):
    return comparison_table(table, PRINTED, {("512", "train_loss"): "1.1031 is out of line at 1.16 %."})


@pytest.fixture
def expectations(stages):
    sizes = {(1000, 10): (28.96, 0.43), (4000, 50): (56.51, 0.32), (60, 20): (3.4, 0.3)}
    extremes = {size: stages.extremes(*size, *values) for size, values in sizes.items()}
    return expectations_table(extremes, lambda rows, columns: None if rows == 60 else 28.94)


def cells(text, label):
    """The cells of the first line of a table that begins with a label."""
    line = next(line for line in text.splitlines() if line.startswith(label))
    return [cell.strip() for cell in line.removesuffix(r"\\").split("&")]


def test_errors_have_two_decimals_and_a_percent_sign_and_losses_four(table):
    row = cells(results_latex(table, "7", "x"), "128 ")
    assert row[1] == r"0.01\% {\scriptsize$\pm$ 0.00}"
    assert row[2] == r"8.06\% {\scriptsize$\pm$ 0.14}"
    assert row[3] == r"0.0810 {\scriptsize$\pm$ 0.0000}"


def test_one_finished_run_shows_no_deviation_and_a_diverged_one_is_marked_and_explained(table):
    text = results_latex(table, "7", "x")
    assert cells(text, "512")[:3] == [r"512$^{\dagger}$", r"0.01\%", r"7.96\%"]
    assert cells(text, "4096")[1] == "diverged"
    assert r"$^{\dagger}$ Diverged runs, left out of the means: 1 of 2 at 512, 1 of 1 at 4096 $\to$ 128." in text


def test_the_papers_columns_come_first_and_the_parts_of_the_loss_below(table):
    text = results_latex(table, "7", "x")
    assert text.index("Train error & Test error & Train loss & Test loss") < text.index(
        "Train cross-entropy & Test cross-entropy & Weight penalty & Updates"
    )


def test_a_comparison_shows_measured_printed_and_signed_difference(comparison):
    row = cells(comparison_latex(comparison, "7", "x"), "128 ")
    assert row[4:] == [r"8.06\% {\scriptsize$\pm$ 0.14}", r"8.91\%", "$-0.85$"]


def test_a_misprint_is_marked_and_its_reason_stands_below(comparison):
    text = comparison_latex(comparison, "7", "x")
    assert r"1.1031\textsuperscript{a}" in text
    assert r"\textsuperscript{a} Probably a misprint. 1.1031 is out of line at 1.16 \%." in text


def test_a_row_that_is_not_printed_says_so_and_shows_no_number(comparison):
    row = cells(comparison_latex(comparison, "7", "x"), "4096")
    assert row[2] == r"\multicolumn{2}{c}{not printed}"


def test_expectations_that_are_not_printed_or_not_predicted_say_so(expectations):
    comparison = expectations_comparison(expectations, {(1000, 10): 29.9333, (4000, 50): 60.5933}, {})
    text = expectations_comparison_latex(comparison, "a1", "x")
    assert cells(text, r"$60 \times 20$")[3:] == ["--", r"\multicolumn{3}{c}{not printed}"]
    assert cells(text, r"$1000 \times 10$")[3:] == ["28.9400", "29.9333", "$-0.9733$", "$-16.0$"]


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
    ],
)
def test_what_latex_would_take_for_a_command_is_escaped(text, expected):
    assert escape(text) == expected


@pytest.mark.tex
def test_all_tables_compile(table, comparison, expectations, tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    hostile = Subject("ghost", "Ghost & 50% of $data_{set}$ ~^\\ #1 “digits (28×28)”", "a_b", "VGG-16", False)
    compared = expectations_comparison(expectations, {(1000, 10): 29.9333}, {("1000x10", "x"): "σ_min is √m − √n."})
    tables = [
        results_latex(table, "7", titled(SUBJECT.title, results_caption(table, SUBJECT))),
        comparison_latex(comparison, "7-comparison", titled(SUBJECT.title, comparison_caption(table, SUBJECT))),
        results_latex(table, "ghost", titled(hostile.title, results_caption(table, hostile))),
        expectations_latex(expectations, "a1", "Expected σ_min."),
        expectations_comparison_latex(compared, "a1-comparison", "Expected σ_min, ½λ‖w‖² ± 1 – 2 — 3…"),
    ]
    for number, text in enumerate(tables):
        (tmp_path / f"{number}.tex").write_text(text, encoding="utf-8")
    inputs = "\n".join(rf"\input{{{number}}}" for number in range(len(tables)))
    (tmp_path / "all.tex").write_text(
        "\\documentclass{article}\n\\usepackage{booktabs,graphicx}\n"
        f"\\begin{{document}}\n{inputs}\n\\end{{document}}\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert not re.search(r"Overfull \\hbox", done.stdout)
