"""Where the paper's text, tables and formulas do not fit each other: each place with its evidence.

Every number of the evidence is computed from the printed tables in `workflow/gengap/paper` and from theory when the
list is made; none depends on a training. `python -m gengap.exhibits.inconsistencies` writes docs/inconsistencies.md.
"""

import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.config.plan import Plan
from gengap.exhibits.files import Files
from gengap.exhibits.needs import Needs
from gengap.files import write_text
from gengap.random_matrices.expected import expectation
from gengap.random_matrices.law import load_law
from gengap.random_matrices.theory import marchenko_pastur_edges, outlier
from gengap.render.exhibit import Table
from gengap.results.captions import PAPER, shown_label
from gengap.results.printed import (
    PAPER_REPEATS,
    PRINTED_EXPECTATIONS,
    PRINTED_RESULTS,
    PrintedRows,
    read_printed_expectations,
    read_printed_results,
)

KIND = "table"

DOCUMENT = Path(__file__).parents[3] / "docs" / "inconsistencies.md"

_LAWS = {"A1": "gaussian", "A2": "uniform", "A3": "lognormal"}
_TEST_IMAGES = 10_000

_INTRODUCTION = f"""# Inconsistencies within the paper

What a reader of {PAPER} meets who compares its text with its tables, its tables with each other, and its formulas
with their conditions. Most are slips of the kind that any long manuscript has, and none of them by itself decides
whether the paper's idea holds; they are listed because a reproduction has to choose a reading at each of them.
Numbers in the last column are computed from the printed values (`workflow/gengap/paper/*.csv`) and from theory by
`workflow/gengap/exhibits/inconsistencies.py`, which writes this file.

"""


def inconsistencies() -> pd.DataFrame:
    """All places in the paper's order of subject: `place`, `statement` and `evidence`, as plain text."""
    tables = {str(number): read_printed_results(PRINTED_RESULTS, str(number)) for number in range(1, 12)}
    expectations = {number: read_printed_expectations(PRINTED_EXPECTATIONS, number) for number in _LAWS}
    lines = [*_text(tables), *_tables(tables), *_propositions(), *_appendix(expectations)]
    return pd.DataFrame(lines, columns=["place", "statement", "evidence"])


def needs(plan: Plan) -> dict[str, Needs]:
    """Where a table of random matrices is the paper's, since its appendix is audited too."""
    printed = any("law" in table and table["printed"] for table in plan.tables.values())
    needed = Needs(printed=("tables_1_to_11.csv", "tables_a1_to_a3.csv"), laws=tuple(_LAWS.values()))
    return {"inconsistencies": needed} if printed else {}


def make(name: str, subject: Mapping[str, Any], files: Files) -> Table:
    """Each place with what stands there and the evidence."""
    found = inconsistencies()
    caption = (
        f"Places of {PAPER} where text, tables and formulas do not fit each other. The numbers are computed from the"
        " printed values and from theory."
    )
    header = ["Place", "What stands there", "Evidence"]
    return Table("Internal inconsistencies", caption, header, found.to_numpy().tolist(), data=found)


def document() -> str:
    """The list as Markdown."""
    lines = ["| | place | what stands there | evidence |", "|---|---|---|---|"]
    for number, row in enumerate(inconsistencies().itertuples(index=False), start=1):
        cells = (cell.replace("|", r"\|") for cell in row)
        lines.append(f"| {number} | {' | '.join(cells)} |")
    return _INTRODUCTION + "\n".join(lines) + "\n"


def _text(tables: Mapping[str, PrintedRows]) -> list[tuple[str, str, str]]:
    growth = {number: _growth(rows) for number, rows in tables.items() if number != "11"}
    factors = [factor for factor, _ in growth.values()]
    flat = [
        f"Table {number}, {shown_label(one)} to {shown_label(two)}"
        for number in map(str, range(1, 7))
        for (one, first), (two, second) in pairwise(tables[number].items())
        if second["train_error_percent"] <= first["train_error_percent"]
    ]
    pairs = sum(len(tables[str(number)]) - 1 for number in range(1, 7))
    return [
        (
            "Equation (3)",
            "The test error is proportional to the batch size.",
            f"From the smallest to the largest batch size, {min(size for _, size in growth.values()):g} to"
            f" {max(size for _, size in growth.values()):g} times as large, the test errors of Tables 1 to 10 grow"
            f" by factors of {min(factors):.2f} to {max(factors):.2f}. They rise, as the sentence below the equation"
            " says (“generally leads to an increase”), but are far from proportional.",
        ),
        (
            "Section 5.1",
            "“CIFAR-10 and CIFAR-100 both have 50,000 training and testing images.”",
            "Both have 50,000 training and 10,000 test images.",
        ),
        (
            "Section 5.2; Tables 7, 8",
            "“All the experiments use batch normalization [38]”; Tables 7 and 8 are without. Section 5.4.2 cites"
            " batch normalization as [13].",
            "Reference 13 is Keskar et al. on large-batch training, 38 is Ioffe and Szegedy. Read: all experiments"
            " but those of Tables 7 and 8.",
        ),
        (
            "Section 5.3",
            "“for all models and datasets, the train errors, test errors, train loss and test loss all increase”",
            f"In {len(flat)} of {pairs} steps of Tables 1 to 6 the printed train error does not increase:"
            f" {'; '.join(flat)}.",
        ),
        (
            "Section 5.3, end",
            "The gap “reported in Tables 1, 2, 3, 4, 5 & 6 can be eliminated by simply switching to small batch"
            " sizes”.",
            "Table 11, the only one on switching, has LeNet-5 on Fashion-MNIST.",
        ),
        (
            "Section 5.4.1",
            "“Using a smaller value of t_th further emphasizes the degree of near-rank loss”: compare Figures 3 and 4.",
            "The values at or below 10⁻⁵ are among those at or below 10⁻⁴, so a smaller threshold can only lower"
            " the count. One that stays as it is shows that the values are smaller still, as the text's ideal of a zero"
            " threshold suggests.",
        ),
        (
            "Section 5.5; Figure 6",
            "“the number of singular values greater than 10⁻⁴ consistently increases”",
            "The sentence before it and the caption count values equal to or smaller than 10⁻⁴. Read: smaller.",
        ),
        (
            "Sections 6.1.1, 6.1.5",
            "“see Table 1 to Table 8”; “Figure 1 to Figure 5”",
            "Tables 9 and 10 and Figure 6, of the linear networks, are left out, though section 5.5 says the same of"
            " them.",
        ),
    ]


def _tables(tables: Mapping[str, PrintedRows]) -> list[tuple[str, str, str]]:
    one, seven, ten = tables["1"]["2048"], tables["7"], tables["10"]["8192"]
    error = tables["1"]["128"]["test_error_percent"]
    deviation = math.sqrt(error * (100 - error) / _TEST_IMAGES)
    steps = ", ".join(
        f"{second['test_error_percent'] - first['test_error_percent']:.2f}"
        for first, second in pairwise(tables["1"][size] for size in ("64", "128", "512"))
    )
    baseline = tables["11"]["128"] == tables["5"]["128"]
    new = [label for label in tables["11"] if label.split("->")[0] not in tables["5"]]
    linear = tables["10"]["128"]["test_error_percent"]
    return [
        (
            "Table 7, batch size 512",
            f"Train loss {seven['512']['train_loss']:.4f}",
            f"It stands between {seven['128']['train_loss']:.4f} at 128 and {seven['1024']['train_loss']:.4f} at 1024,"
            f" beside a test loss of {seven['512']['test_loss']:.4f} and a train error of"
            f" {seven['512']['train_error_percent']:.2f} %. 0.1031 would fit.",
        ),
        (
            "Table 7; section 6.1.2",
            "Higher training losses suggest “that overfitting is not the problem”.",
            f"Without batch normalization the test loss falls from {seven['128']['test_loss']:.4f} at 128 to"
            f" {seven['1024']['test_loss']:.4f} at 1024 while the train error rises from"
            f" {seven['128']['train_error_percent']:.2f} to {seven['1024']['train_error_percent']:.2f} %: the mark of"
            " overfitting at small batch sizes. The test error rises all the same.",
        ),
        (
            "Tables 1 to 11, loss",
            "What “loss” contains is not said; section 5.2 names a weight-decay penalty.",
            f"Table 1 at 2048 has a train loss of {one['train_loss']:.4f} at a train error of"
            f" {one['train_error_percent']:.2f} %; Table 10 at 8192 has a test loss ({ten['test_loss']:.4f}) below the"
            f" train loss ({ten['train_loss']:.4f}) at the higher error. Both are hard to explain by cross-entropy"
            " alone and expected if the penalty is in both losses.",
        ),
        (
            "Table 1",
            "Test errors at batch sizes 64, 128 and 512 are read as a rise; no deviations are printed.",
            f"Their steps are {steps} points; the binomial standard error of the difference of two such errors on"
            f" {_TEST_IMAGES:,} images each is {math.sqrt(2) * deviation:.2f} points, before any difference between"
            " seeds.",
        ),
        (
            "Tables 9, 10",
            "LeNet-5 “with linear activation functions”",
            f"A test error of {linear:.2f} % on MNIST is out of reach of an affine classifier (8.4 to 12 % in"
            " LeCun et al. 1998), so something non-linear must have stayed, most likely max-pooling.",
        ),
        (
            "Table 11; section 6.1.3",
            "No generalization gap after switching from 4096 to 24576 to a batch size of 128.",
            f"{_listed(shown_label(label) for label in new)} have no counterpart without switching in Table 5. The"
            f" baseline row {'equals' if baseline else 'differs from'} that of Table 5 at 128"
            f"{', so it is the same run' if baseline else ''}. The epoch of the switch is not given.",
        ),
    ]


def _propositions() -> list[tuple[str, str, str]]:
    uniform = load_law("uniform")
    lower = marchenko_pastur_edges(1000, 10)[0]
    scaled = marchenko_pastur_edges(1000, 10, uniform.STANDARD_DEVIATION)[0]
    printed = read_printed_expectations(PRINTED_EXPECTATIONS, "A2")[1000, 10]
    return [
        (
            "Proposition 1, Remark 1",
            "m, n → ∞ with m ≥ n; then b_s → ∞ in an h × b_s matrix with h ≥ b_s and h fixed.",
            "With h fixed b_s cannot exceed it. Beyond b_s = h the roles change: the edge is |√h − √b_s|, which grows"
            " again with the batch size.",
        ),
        (
            "Remark 2",
            "σ_min falls with the batch size, shown for h > b_s.",
            "The output layer has 10 or 100 units and the batch sizes begin at 64 and 128, so its matrices are of the"
            " other kind in every experiment on 10 classes.",
        ),
        (
            "Proposition 3",
            "θ⁻¹Δθ = −ΔX X⁺ from ΔθX = −θΔX",
            "The step needs X X⁺ = I, that is b_s ≥ h₀ and full row rank, where section 4.2 and Remark 2 take"
            " h ≥ b_s; and a square invertible θ, which the networks do not have.",
        ),
        (
            "Remark 1; Tables A2, A3",
            "The range [√m − √n, √m + √n] “holds for general distributions”.",
            f"It holds for entries of mean 0 and variance 1. For 1000 × 10 it begins at {lower:.2f}, and Table A2"
            f" prints {printed:.4f}; with the deviation of U(0, 1) it begins at {scaled:.2f}. A mean other than zero"
            " adds one singular value far above the range.",
        ),
    ]


def _appendix(expectations: Mapping[str, Mapping[tuple[int, int], float]]) -> list[tuple[str, str, str]]:
    uniform = load_law("uniform")
    largest = [outlier(1000, n, uniform.MEAN, uniform.STANDARD_DEVIATION) for n in (10, 1000)]
    wrong = {
        (number, size): value
        for number, values in expectations.items()
        for size, value in values.items()
        if expectation(_LAWS[number], *size).contradicts(value, PAPER_REPEATS)
    }
    copied = [size for size, value in expectations["A3"].items() if expectations["A2"][size] == value]
    lines = [
        (
            "Section A1.1",
            "For 1000 × 1000 uniform entries “all the singular values are less than 40”.",
            f"U(0, 1) entries, which alone fit Table A2, have a largest singular value near {largest[1]:.0f} at that"
            f" size and {largest[0]:.1f} at 1000 × 10. Without this outlier the sentence is right.",
        ),
        (
            "Table A3, four rows of 4000",
            f"The entries for {_listed(_size(size) for size in copied)}",
            "They equal those of Table A2 digit for digit, while the other entries of Table A3 are"
            f" {_ratio(expectations, copied)} times those of Table A2.",
        ),
    ]
    for (number, size), value in wrong.items():
        if number == "A3" and size in copied:
            continue
        expected = expectation(_LAWS[number], *size)
        error = expected.standard_deviation / math.sqrt(PAPER_REPEATS)
        evidence = (
            f"Theory expects {expected.mean:.2f}, standard error {error:.3f} over {PAPER_REPEATS} matrices:"
            f" {abs(value - expected.mean) / error:.0f} of them away."
        )
        other = expectation(_LAWS[number], size[0], 10)
        if size[1] != 10 and not other.contradicts(value, PAPER_REPEATS):
            evidence += f" {size[0]} × 10 has {other.mean:.2f}, which fits."
        lines.append((f"Table {number}, {_size(size)}", f"E σ_min = {value:.4f}", evidence))
    return lines


def _growth(rows: PrintedRows) -> tuple[float, float]:
    """Factors by which the test error and the batch size grow from the first row to the last."""
    labels = list(rows)
    first, last = rows[labels[0]], rows[labels[-1]]
    return last["test_error_percent"] / first["test_error_percent"], int(labels[-1]) / int(labels[0])


def _ratio(expectations: Mapping[str, Mapping[tuple[int, int], float]], copied: list[tuple[int, int]]) -> str:
    ratios = [value / expectations["A2"][size] for size, value in expectations["A3"].items() if size not in copied]
    return f"{min(ratios):.1f} to {max(ratios):.1f}"


def _size(size: tuple[int, int]) -> str:
    return f"{size[0]} × {size[1]}"


def _listed(words) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


if __name__ == "__main__":
    write_text(DOCUMENT, document())
    print(f"Wrote {DOCUMENT}")
