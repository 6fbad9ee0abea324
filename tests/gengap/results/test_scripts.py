"""The scripts of the results, run as Snakemake runs them, from files of the earlier stages to the page."""

import logging
import runpy
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from gengap.results.item import TableItem, write_table_item
from snakemake.iocontainers import InputFiles, Log, OutputFiles, Params

from gengap.random_matrices.law import load_law

SCRIPTS = Path(__file__).parents[3] / "workflow" / "scripts"


class Job:
    """What a script finds under the name `snakemake`."""

    def __init__(self, log, inputs, outputs, params):
        self.input = InputFiles(fromdict=inputs)
        self.output = OutputFiles(fromdict=outputs)
        self.params = Params(fromdict=params)
        self.log = Log(toclone=[str(log)])


@pytest.fixture
def run(tmp_path):
    """Run a script and return the paths of its outputs by name."""
    handlers = logging.getLogger().handlers[:]

    def run_script(name, inputs, outputs, **params):
        paths = {key: str(tmp_path / "results" / value) for key, value in outputs.items()}
        runpy.run_path(str(SCRIPTS / f"{name}.py"), {"snakemake": Job(tmp_path / f"{name}.log", inputs, paths, params)})
        return {key: Path(path) for key, path in paths.items()}

    yield run_script
    logging.getLogger().handlers[:] = handlers


TABLE_FILES = {
    "csv": "table_{}.csv",
    "tex": "table_{}.tex",
    "comparison_csv": "table_{}_comparison.csv",
    "comparison_tex": "table_{}_comparison.tex",
}


def table_files(number):
    return {key: name.format(number) for key, name in TABLE_FILES.items()}


def test_from_runs_counts_and_spectra_to_the_report(run, stages):
    runs = [stages.metrics(size, seed, experiment="demo") for size in (32, 64) for seed in (0, 1)]
    rows = [{"label": "32", "metrics": runs[:2]}, {"label": "64", "metrics": runs[2:]}]
    subject = {"number": "6", "title": "LeNet-5", "dataset": "digits", "model": "LeNet-5", "reproduces_paper": False}
    table = run("table", {"metrics": runs}, table_files("6"), rows=rows, **subject)
    assert "Data: digits; network: LeNet-5." in table["comparison_tex"].read_text(encoding="utf-8")

    sizes = [[30, 5], [30, 30]]
    law = {"number": "a2", "law": "uniform", "title": "", "reproduces_paper": False}
    extremes = [stages.extremes(*size, 1.5, 0.2) for size in sizes]
    expectations = run("random_matrix_table", {"extremes": extremes}, table_files("a2"), sizes=sizes, **law)
    theory = pd.read_csv(expectations["csv"])["theory"]
    assert np.isfinite(theory[1])

    figure_files = {"pdf": "figure_3.pdf", "png": "figure_3.png"}
    panels = [{"experiment": "demo", "label": "LeNet-5 on digits"}]
    shown = {"number": "3", "title": "", "threshold": 1e-4, "convention": "full", "panels": panels, "note": "Poor."}
    style = {"palette": "colorblind", "font_scale": 1.0, "dots_per_inch": 60}
    counts = [stages.counts("demo", sizes=(32, 64))]
    figure = run("figure", {"counts": counts}, figure_files, style=style, **shown)

    generator = np.random.default_rng(0)
    spectra = [
        stages.spectrum(f"{rows}x{columns}", [load_law("uniform").sample(rows, columns, generator) for _ in range(4)])
        for rows, columns in sizes
    ]
    histogram_files = {"pdf": "figure_a2.pdf", "png": "figure_a2.png"}
    bins = run("random_matrix_histogram", {"spectra": spectra}, {"histograms": "histograms.csv"}, sizes=sizes, **law)
    sampled = {"histograms": str(bins["histograms"]), "extremes": [path.replace("parquet", "csv") for path in spectra]}
    histograms = run("random_matrix_figure", sampled, histogram_files, sizes=sizes, style=style, **law)
    for made in (figure, histograms):
        assert made["pdf"].read_bytes().startswith(b"%PDF")
        assert made["png"].read_bytes().startswith(b"\x89PNG")

    slopes = TableItem("slopes", "Slopes", "A caption.", ["Table", "Slope"], [["6", "0.12"]])
    write_table_item(slopes, pd.DataFrame({"table": [6], "slope": [0.12]}), stages.folder / "audit")
    inputs = {
        "tables": [str(table["csv"]), str(expectations["csv"])],
        "comparisons": [str(table["comparison_csv"]), str(expectations["comparison_csv"])],
        "figures": [str(figure["png"]), str(histograms["png"])],
        "audit": [str(stages.folder / "audit" / "slopes.json")],
        "metrics": runs,
        "provenance": [stages.provenance(f"{number}.json") for number in range(len(runs))],
    }
    page = run(
        "report",
        inputs,
        {"html": "report.html"},
        title="Demonstration",
        note=None,
        results="results/demo",
        experiments={"demo": "LeNet-5 on digits"},
        tables=[subject, law],
        figures=[shown, law],
        untrained=[],
        dataset_notes={"digits": "Poor in rank."},
    )
    html = page["html"].read_text(encoding="utf-8")
    for words in (
        'id="table-6"',
        'id="table-a2"',
        'id="figure-3"',
        'id="figure-a2"',
        "4 trainings",
        'id="audit-slopes"',
        "Poor in rank.",
    ):
        assert words in html
    assert html.count("data:image/png;base64,") == 2


def test_a_table_of_the_paper_is_compared_with_its_printed_values(run, stages):
    runs = [stages.metrics(512, 0)]
    made = run(
        "table",
        {"metrics": runs},
        table_files("7"),
        number="7",
        title="LeNet-5 without batch normalization on Fashion-MNIST",
        dataset="Fashion-MNIST",
        model="LeNet-5",
        reproduces_paper=True,
        rows=[{"label": "512", "metrics": runs}],
    )
    comparison = pd.read_csv(made["comparison_csv"])
    assert comparison["test_error_percent_printed"][0] == 9.13
    assert "0.1031" in comparison["train_loss_misprint"][0]
    assert r"1.1031\textsuperscript{a}" in made["comparison_tex"].read_text(encoding="utf-8")


def test_a_misprinted_expectation_is_marked(run, stages):
    made = run(
        "random_matrix_table",
        {"extremes": [stages.extremes(1000, 10, 28.96, 0.43)]},
        table_files("a1"),
        number="a1",
        law="gaussian",
        sizes=[[1000, 10]],
        reproduces_paper=True,
    )
    row = pd.read_csv(made["comparison_csv"]).loc[0]
    assert row["printed"] == 29.9333
    assert row["difference_in_standard_errors"] == pytest.approx((28.96 - 29.9333) / (0.043 * np.sqrt(2)))
    assert "28.9333" in row["misprint"]


def test_the_audit_of_the_paper_writes_the_items_that_are_asked_for(run, stages):
    sizes = [[1000, 10], [4000, 50]]
    names = ("random_matrix_agreement", "random_matrix_misprints", "inconsistencies")
    made = run(
        "paper_audit",
        {"extremes": [stages.extremes(1000, 10, 28.96, 0.43), stages.extremes(4000, 50, 56.51, 0.3)]},
        {name: f"audit/{name}.json" for name in names},
        tables=[{"number": "a1", "law": "gaussian", "title": "", "reproduces_paper": True}],
        sizes=sizes,
        shown=list(names),
    )
    agreement = pd.read_csv(made["random_matrix_agreement"].with_suffix(".csv"))
    assert agreement["verdict"].tolist() == ["cannot be right"] * 2
    for path in made.values():
        assert path.is_file()
        assert path.with_suffix(".tex").is_file()
