"""The scripts of tables, figures and pages, run as Snakemake runs them, from files of the earlier stages to the page."""

import json
import logging
import runpy
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from snakemake.iocontainers import InputFiles, Log, OutputFiles, Params, Wildcards

from gengap.random_matrices.law import load_law

SCRIPTS = Path(__file__).parents[3] / "workflow" / "scripts"
STYLE = {"palette": "colorblind", "font_scale": 1.0, "dots_per_inch": 60}
PANELS = [{"experiment": "demo", "label": "LeNet-5 on digits"}]


class Job:
    """What a script finds under the name `snakemake`."""

    def __init__(self, log, inputs, outputs, params, wildcards):
        self.input = InputFiles(fromdict=inputs)
        self.output = OutputFiles(fromdict=outputs)
        self.params = Params(fromdict=params)
        self.wildcards = Wildcards(fromdict=wildcards)
        self.log = Log(toclone=[str(log)])


@pytest.fixture
def run(tmp_path):
    """Run a script; its outputs lie below the folder `results`."""
    handlers = logging.getLogger().handlers[:]

    def run_script(name, inputs, outputs, wildcards=None, **params):
        paths = {key: str(tmp_path / "results" / value) for key, value in outputs.items()}
        job = Job(tmp_path / f"{name}.log", inputs, paths, params, wildcards or {})
        runpy.run_path(str(SCRIPTS / f"{name}.py"), {"snakemake": job})
        return {key: Path(path) for key, path in paths.items()}

    yield run_script
    logging.getLogger().handlers[:] = handlers


@pytest.fixture
def show(run):
    """Make an exhibit by its rule's script."""

    def made(name, module, kind, subject, **inputs):
        outputs = {ending: f"{kind}s/{name}.{ending}" for ending in ("csv", "json")}
        outputs |= {ending: f"{kind}s/{name}.{ending}" for ending in (("tex",) if kind == "table" else ("pdf", "png"))}
        return run("exhibit", inputs, outputs, {"name": name}, module=module, subject=subject, style=STYLE)

    return made


@pytest.mark.tex
def test_from_runs_counts_and_spectra_to_the_pages(run, show, stages):
    seeds = [{"test_error_percent": 9.1}, {"test_error_percent": 9.3}]
    rows = stages.rows([("32", seeds), ("64", [{}, {"diverged": True}])], "demo")
    runs = list(stages.runs)
    subject = {"number": "6", "title": "LeNet-5", "dataset": "digits", "model": "LeNet-5", "reproduces_paper": False}
    generator, sizes = np.random.default_rng(0), [[30, 5], [30, 30]]
    spectra = [
        stages.spectrum(f"uniform/{m}x{n}", [load_law("uniform").sample(m, n, generator) for _ in range(4)])
        for m, n in sizes
    ]
    bins = {"histograms": "random_matrices/uniform/histograms.csv"}
    histograms = run("random_matrix_histogram", {"spectra": spectra}, bins, sizes=sizes, law="uniform")["histograms"]
    extremes = [path.replace("parquet", "csv") for path in spectra]
    law = {"number": "a2", "law": "uniform", "title": "", "reproduces_paper": False}
    shown = {"number": "3", "title": "", "threshold": 1e-4, "convention": "full", "panels": PANELS, "note": "Poor."}
    counts = [stages.counts("demo", sizes=(32, 64))]
    made = [
        show("table_6", "results_table", "table", subject | {"rows": rows}, metrics=runs),
        show("table_a2", "expectations_table", "table", law, extremes=extremes),
        show("figure_3", "near_rank_figure", "figure", shown, counts=counts),
        show("figure_a2", "random_matrix_figure", "figure", law, extremes=extremes, histograms=[str(histograms)]),
    ]
    for figure in made[2:]:
        assert figure["pdf"].read_bytes().startswith(b"%PDF")
        assert figure["png"].read_bytes().startswith(b"\x89PNG")
    provenance = [stages.provenance(f"{number}.json") for number in range(len(runs))]
    common = {"metrics": runs, "provenance": provenance}
    exhibits = {kind: [str(one[kind]) for one in made] for kind in ("csv", "json")}
    told = run(
        "facts",
        {"exhibits": exhibits["csv"], **common},
        {"facts": "facts.json"},
        tables=[subject | {"experiment": "demo"}],
    )["facts"]
    facts = json.loads(told.read_text(encoding="utf-8"))
    assert facts["tables"]["6"]["test_error_percent_smallest"] == pytest.approx(9.2)
    assert (facts["trainings"]["count"], facts["trainings"]["diverged"]) == (4, 1)

    inputs = {"exhibits": exhibits["json"], "facts": [str(told)], **common}
    of_run = {"title": "Demonstration", "note": None, "of_the_paper": False, "dataset_notes": {"digits": "Poor."}}
    modules = ("results_table", "expectations_table", "near_rank_figure", "random_matrix_figure")
    names = ("table_6", "table_a2", "figure_3", "figure_a2")
    of_run["exhibits"] = {
        name: {"module": module, "section": "LeNet-5"} for name, module in zip(names, modules, strict=True)
    }
    of_run["experiments"] = [{"name": "demo", "title": "LeNet-5 on digits", "batch_sizes": [32, 64], "seeds": [0, 1]}]
    page = run("report", inputs, {"html": "report.html"}, subject=of_run, results="results/demo")["html"]
    html = page.read_text(encoding="utf-8")
    for words in ('id="table_6"', 'id="table_a2"', 'id="figure_3"', 'id="figure_a2"', "4 trainings", "9.20"):
        assert words in html
    assert html.count("data:image/png;base64,") == 2
    paths = {"tex": "paper/reproduction.tex", "pdf": "paper/reproduction.pdf"}
    document = run("reproduction", inputs, paths, subject=of_run, results="results/demo")
    assert r"\input{../tables/table_6.tex}" in document["tex"].read_text(encoding="utf-8")
    assert document["pdf"].read_bytes().startswith(b"%PDF")
    if shutil.which("pdflatex"):
        assert document["pdf"].stat().st_size > 50_000, "compiled, with its figures"


def test_numbers_of_a_table_of_the_paper_are_written_in_full_precision(show, stages):
    rows = stages.rows([("512", [{"test_error_percent": 9.123456789}])])
    subject = {"number": "7", "title": "T", "dataset": "Fashion-MNIST", "model": "LeNet-5", "reproduces_paper": True}
    made = show("table_7", "results_table", "table", subject | {"rows": rows}, metrics=list(stages.runs))
    assert pd.read_csv(made["csv"])["test_error_percent_mean"][0] == 9.123456789
    assert r"\textcolor{gray}{1.1031" in made["tex"].read_text(encoding="utf-8")
