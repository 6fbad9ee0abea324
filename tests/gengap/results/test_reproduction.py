import math
import re
import shutil
import subprocess

import pandas as pd
import pytest
from gengap.results.item import FigureItem, TableItem, write_table_item
from gengap.results.item_figure import write_figure_item
from gengap.results.reproduction import render
from gengap.results.reproduction_content import read_content
from gengap.results.reproduction_facts import count_cases, counts_item, counts_sentence
from gengap.results.table_files import write_results_table
from gengap.results.tex import compile_or_explain
from matplotlib.figure import Figure

from gengap.render.style import Look
from gengap.results.rank_loss_counts import read_counts

LENET = {"dataset": "MNIST", "model": "LeNet-5", "reproduces_paper": True}
ITEM = {"number": "6", "title": "LeNet-5 on MNIST", **LENET}
FIGURE = {"number": "3", "title": "", "threshold": 1e-4, "convention": "full", "note": ""}
FIGURE["panels"] = [{"experiment": "lenet5_mnist", "label": "LeNet-5 on MNIST"}]


@pytest.fixture
def document(stages):
    """The document's source on a table of LeNet-5 on MNIST, of which a row's test error and epochs may be changed."""

    def made(items=(), seeds=(0,), reproduces_paper=True, note="", frames=None, table="6", figure="3", **changes):
        sizes = {"128": {}, "8192": {"weight_penalty": 0.28, "train_loss": 0.29} | changes}
        item = ITEM | {"reproduces_paper": reproduces_paper, "number": table}
        rows, metrics = [], []
        for size, values in sizes.items():
            files = [
                stages.metrics(
                    int(size), seed, **({"test_error_percent": 0.9} | values | {"experiment": "lenet5_mnist"})
                )
                for seed in seeds
            ]
            rows.append({"label": size, "metrics": files})
            metrics += files
        path = stages.path(f"results/tables/table_{table}.csv")
        write_results_table(item, rows, path)
        for entry in items:
            folder = stages.path("results/audit/x").parent
            if isinstance(entry, FigureItem):
                write_figure_item(entry, Figure(), Look(colors=(), heat="", dots_per_inch=20), folder)
            else:
                write_table_item(entry, (frames or {}).get(entry.name, pd.DataFrame({"x": [1]})), folder)
        files = {
            "tables": [str(path)],
            "comparisons": [str(path).replace(".csv", "_comparison.csv")],
            "figures": [str(stages.path(f"results/figures/figure_{figure}.pdf"))],
            "counts": [stages.counts("lenet5_mnist", sizes=(128, 8192))],
            "audit": [str(stages.path(f"results/audit/{entry.name}.json")) for entry in items],
            "metrics": metrics,
            "provenance": [stages.provenance(f"{number}.json") for number in range(len(metrics))],
        }
        params = {
            "title": "Networks & batches",
            "note": note,
            "results": "results/some_run",
            "experiments": {"lenet5_mnist": "LeNet-5 on MNIST"},
            "untrained": [],
            "tables": [item],
            "figures": [FIGURE | {"number": figure}],
            "dataset_notes": {"digits": "Poor in rank."},
        }
        return render(read_content(files, params))

    return made


def test_measured_and_printed_values_stand_in_one_table(document):
    text = document()
    assert r"\textbf{Table 6. LeNet-5 on MNIST.} One seed. Trained for 60 epochs." in text
    assert r"\printed{0.44\% (+0.46)}" in text
    assert "0.90\\%" in text


def test_what_is_shortened_or_missing_is_said_and_not_compared(document):
    text = document(epochs=3.0)
    assert "Table 6 has runs of 3 epochs, where the paper's have 60" in text
    assert "numbers are not comparable with print" not in document(epochs=3.0, diverged=True), "it ended early"
    assert "these were not run: 1, 2, 3, 4, 5, 7, 8, 9, 10, 11, A1, A2, A3." in text


def test_networks_without_counts_are_no_case():
    sizes = {"smallest": 128, "largest": [512, 512], "own_smallest": 1.0, "own_largest": [math.nan, 3.0]}
    cases = pd.DataFrame(sizes | {"same_smallest": 1.0, "same_largest": [math.nan, 1.0]})
    sentence = counts_sentence(cases)
    assert sentence.startswith("In 1 cases")
    assert "differs 1 time when" in sentence
    assert "0 times when both" in sentence


@pytest.mark.parametrize(
    ("fed", "own", "same"),
    [
        ({128: (128, 64), 512: (64,), 8192: (64,)}, "492, –", "492, 504"),
        ({128: (64,), 8192: (64,)}, "–, –", "492, 504"),
        ({128: (128,), 8192: (8192,)}, "492, 20880", "–, –"),
    ],
    ids=["the largest not fed its own", "none fed its own", "each fed its own alone"],
)
def test_counts_stand_at_the_batch_sizes_that_they_are_of(make_counts, stages, fed, own, same):
    """Full counts: 490 zeros of the shapes fed 64 or 128, 20866 fed 8192, and two more per doubling beyond 64."""
    counts = make_counts("lenet5_mnist", sizes=(128, 512, 8192), fed=(64,), lost=2)
    trained = counts["trained_batch_size"]
    taken = [
        size is pd.NA or batch in fed.get(size, ())
        for size, batch in zip(trained, counts["fed_batch_size"], strict=True)
    ]
    path = stages.path("counts.csv")
    counts[taken].to_csv(path, index=False)
    rows = counts_item(count_cases([FIGURE], read_counts([path]))).rows
    assert [rows[2][place] for place in (3, 4, 5, 6)] == ["128, 8192", own, "–" if "–" in same else "64", same]


def test_a_demonstration_says_that_it_is_none_of_the_papers(document):
    text = document(reproduces_paper=False, note="Small data.")
    assert "None of its tables is one of the paper's" in text
    assert r"\textbf{Small data.}" in text
    assert r"\printed{" not in text.split(r"\begin{document}")[1]


def test_the_part_of_the_penalty_is_the_audits(document):
    frame = pd.DataFrame({"table": ["5", "6", "7"], "penalty_share": [34.2, 94.1, None]})
    text = document([TableItem("loss_parts", "Words", "", ["a"], [["1"]])], frames={"loss_parts": frame})
    assert r"weight penalty carries between 34\,\% (Table 5) and 94\,\% (Table 6); the rest" in text
    flat = {"loss_parts": frame.assign(penalty_share=None)}
    assert "weight penalty carries" not in document([TableItem("loss_parts", "Words", "", ["a"], [["1"]])], frames=flat)


def test_the_counts_of_the_figure_stand_beside_their_controls(document):
    text = document()
    assert "In 3 cases of network, data, threshold and convention" in text
    assert "differs 1 time when each is fed a batch of its own size, and 0 times" in text
    assert r"\paperfigure{3}{../figures/figure_3.pdf}" in text


def test_a_short_item_stands_in_the_text_and_a_long_one_in_the_appendix(document):
    items = [TableItem(name, f"Item {name}", "", ["a"], [["1"]] * rows) for name, rows in (("long", 30), ("short", 3))]
    body, appendix = document(items).split(r"\appendix")
    assert "Item short" in body
    assert "Item long" in appendix


def test_options_of_a_grid_stand_with_its_settings(document):
    sizes = {"settings_long": 30, "options_long": 3, "settings_short": 3, "options_short": 3, "other": 3}
    items = [TableItem(name, f"Item {name}.", "", ["a"], [["1"]] * rows) for name, rows in sizes.items()]
    body, appendix = (part.replace(r"\_", "_") for part in document(items).split(r"\appendix"))
    assert [name for name in sizes if f"Item {name}." in body] == ["settings_short", "options_short", "other"]
    assert [name for name in sizes if f"Item {name}." in appendix] == ["settings_long", "options_long"]


def test_the_appendix_has_what_the_text_has_no_room_for_in_order(document):
    names = [f"{number:02d}" for number in range(60)]
    items = [TableItem(name, f"Item {name}", "Words. " * 50, ["a"], [["1"]] * 8) for name in names]
    body, appendix = document(items).split(r"\appendix")
    shown, more = ([name for name in names if f"Item {name}" in part] for part in (body, appendix))
    assert [*shown, *more] == names
    assert shown


def test_the_text_has_three_figures_of_the_audit(document):
    items = [FigureItem(name, f"Picture {name}", "") for name in "abcd"]
    body, appendix = document(items).split(r"\appendix")
    assert [name for name in "abcd" if f"Picture {name}" in body] == ["a", "b", "c"]
    assert "Picture d" in appendix


def test_abstract_and_conclusion_tell_what_is_near_print_slopes_and_verdicts(document):
    comparison = pd.DataFrame(
        {
            "table": ["5"] * 3,
            "batch_size": ["128", "512", "1024"],
            "mean": [8.25, 9.25, None],
            "column": ["test_error_percent"] * 3,
            "printed": 8.0,
            "misprint": "",
            "difference": [0.25, 1.25, None],
            "tolerance": [1.0, 1.0, 1.0],
            "within_tolerance": ["yes", "no", ""],
            "status": ["full length", "full length", "not run"],
        }
    )
    claims = pd.DataFrame({"claim": ["A & B", "C", "D"], "verdict": ["not seen", "holds", "holds"]})
    slopes = pd.DataFrame(
        {
            "table": ["5", "9", "6", "5"],
            "column": ["test_error_percent"] * 3 + ["train_loss"],
            "other_length": [0, 0, 2, 0],
            "same_sign": ["yes", "no", "yes", "yes"],
            **{f"{name}_{end}": 0.1 for name in ("printed", "measured") for end in ("low", "high")},
        }
    )
    gap = {"experiment": "lenet5", "title": "LeNet-5", "reference": 128, "batch_size": ["512"], "gap_closed": 25.0}
    gap |= {"seeds": 2, "test_error_percent_reference": 0.5, "test_error_percent_normal": 0.75}
    penalties = {f"weight_penalty_{run}": 0.1 for run in ("reference", "normal", "equal")}
    equal_updates = pd.DataFrame(gap | penalties)
    frames = {"comparison": comparison, "slopes": slopes, "equal_updates": equal_updates, "claims": claims}
    text = document([TableItem(name, "Words", "", ["a"], [["1"]]) for name in frames], frames=frames)
    abstract, conclusion = text.split(r"\end{abstract}")[0], text.split(r"\label{conclusion}")[1]
    for part in (abstract, conclusion):
        near = "LeNet-5 on Fashion-MNIST: 1 of 2 test errors within 1.0 points of print (as would a single number for"
        near += " all), 0.75 or 9\\,\\% of the print in the median (3 are"
        assert f"Against print: {near} printed)." in part
        assert "The paper's 3 claims, judged by fixed rules on these runs: holds 2, not seen 1." in part
        assert "has the printed sign in 1 of 2 tables measured at full length; in 1 of these neither" in part
        assert "It has the other sign in Table 9, with neither interval including zero." in part
        assert "at 512 (of 0.25 points) of the gap in test error to batch size 128 (LeNet-5)." in part
    holds, unseen = conclusion.index(r"\emph{Holds:} C; D."), conclusion.index(r"\emph{Not seen:} A \& B.")
    assert holds < unseen, "the most frequent verdict first"


def test_seeds_are_told(document):
    assert "Every row is a single run" in document()
    assert "Every row has 2 seeds or more" in document(seeds=(0, 1))


@pytest.fixture
def source(stages):
    """Where the source of the document goes, beside the picture that it shows."""
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    Figure(figsize=(9, 5)).savefig(stages.path("results/figures/figure_3.pdf"))
    return stages.path("results/paper/reproduction.tex")


@pytest.mark.tex
def test_it_compiles_without_an_overfull_line(document, source, caplog):
    source.write_text(document(seeds=(0, 1)), encoding="utf-8")
    pdf = source.with_suffix(".pdf")
    assert compile_or_explain(source, pdf)
    assert pdf.stat().st_size > 20_000
    assert "over the margin" not in caplog.text


@pytest.mark.tex
def test_own_names_of_tables_and_figures_compile(document, source, stages):
    Figure(figsize=(9, 5)).savefig(stages.path("results/figures/figure_own_counts.pdf"))
    text = document(table="no_momentum", figure="own_counts", reproduces_paper=False)
    assert r"\textbf{Table no\_momentum." in text
    source.write_text(text, encoding="utf-8")
    assert compile_or_explain(source, source.with_suffix(".pdf"))


@pytest.mark.tex
def test_the_conclusion_is_reached_by_the_eighth_page(document, source):
    items = [TableItem(f"{number:02d}", "Item", "Words. " * 50, ["a"], [["1"]] * 8) for number in range(60)]
    source.write_text(document(items), encoding="utf-8")
    subprocess.run(["pdflatex", "-interaction=batchmode", source.name], cwd=source.parent, check=True)
    page = re.search(r"newlabel{conclusion}{{\d+}{(\d+)}", source.with_suffix(".aux").read_text())
    assert page
    assert page[1] in ("7", "8")


def test_a_document_without_trainings_says_what_was_measured_and_has_no_empty_section():
    files: dict = {
        name: [] for name in ("tables", "comparisons", "figures", "counts", "audit", "metrics", "provenance")
    }
    untrained = [{"name": "deep", "title": "VGG-16 on CIFAR-10", "batch_sizes": [64, 128], "seeds": [0, 1]}]
    params = {"title": "Before training", "note": None, "results": "results/untrained", "dataset_notes": {}}
    content = read_content(files, params | {"experiments": {}, "untrained": untrained, "tables": [], "figures": []})
    text = render(content)
    assert "deep & VGG-16 on CIFAR-10, untrained & 64, 128 & 0, 1" in text
    assert "No table of the paper was run." in text
    assert "How it was measured" not in text
