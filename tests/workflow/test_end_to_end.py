"""The whole tiny workflow: every promised file is there, says what it should, and can be used."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
from workflow_harness import TINY

pytestmark = pytest.mark.workflow

RESULTS = "results/tiny"
RUN = f"{RESULTS}/runs/tiny_lenet5/bs64/seed0"


def test_all_promised_files_are_there_and_nothing_is_left_over(finished):
    results = finished.folder / RESULTS
    expected = {
        f"tables/table_{n}{form}.{kind}"
        for n in ("6", "10", "11", "a1")
        for form in ("", "_comparison")
        for kind in ("csv", "tex")
    }
    expected |= {f"figures/figure_{n}.{kind}" for n in ("3", "6", "a2") for kind in ("pdf", "png")}
    expected |= {f"audit/random_matrix_agreement.{kind}" for kind in ("csv", "tex", "json")}
    expected |= {"report.html", "paper/reproduction.tex", "paper/reproduction.pdf", "config.json"}
    found = {str(path.relative_to(results)) for path in results.rglob("*") if path.is_file()}
    assert expected <= found
    assert not [path for path in found if path.startswith((".checkpoints", ".partial")) or ".tmp" in path]


def test_the_table_holds_what_the_runs_measured(finished):
    table = pd.read_csv(finished.folder / RESULTS / "tables/table_6.csv", dtype={"batch_size": str}).set_index(
        "batch_size"
    )
    metrics = json.loads((finished.folder / RUN / "metrics.json").read_text())
    assert list(table.index) == ["64", "256"]
    assert table.loc["64", "test_error_percent_mean"] == pytest.approx(metrics["test_error_percent"])
    assert table.loc["64", "train_loss_mean"] == pytest.approx(
        metrics["train_cross_entropy"] + metrics["weight_penalty"]
    )


def test_the_baseline_of_the_switching_table_is_the_same_run(finished):
    table = pd.read_csv(finished.folder / RESULTS / "tables/table_11.csv", dtype={"batch_size": str}).set_index(
        "batch_size"
    )
    metrics = json.loads((finished.folder / RUN / "metrics.json").read_text())
    assert list(table.index) == ["64", "256->64"]
    assert table.loc["64", "test_loss_mean"] == pytest.approx(metrics["test_loss"])


def test_counts_sum_what_the_spectra_hold(finished):
    counts = pd.read_csv(finished.folder / RESULTS / "counts/tiny_lenet5.csv")
    spectrum = pd.read_parquet(finished.folder / RESULTS / "spectra/tiny_lenet5/bs64/seed0.parquet")
    own = spectrum[(spectrum["fed_batch_size"] == 64) & (spectrum["kind"] != "input")]
    row = counts.query(
        "state == 'trained' and trained_batch_size == 64 and fed_batch_size == 64 and convention == 'thin'"
        " and threshold_kind == 'absolute' and threshold == 0.0001"
    )
    assert row["count"].tolist() == [(own["singular_value"] <= 1e-4).sum()]
    assert row["values"].tolist() == [len(own)]


def test_the_report_is_one_page_that_needs_no_other_file(finished):
    page = (finished.folder / RESULTS / "report.html").read_text(encoding="utf-8")
    assert not re.findall(r'src="(?!data:)', page)
    assert not re.findall(r'<link[^>]*href="(?!data:)|@import|url\((?!data:)', page)
    assert page.count("data:image/png;base64") >= 3
    for expected in ("Table 6", "Table 11", "Figure 3", "tiny_lenet5", "PyTorch"):
        assert expected in page


def test_snakemakes_own_report_can_be_made(project):
    project.run("--report", "snakemake.html")
    assert "Figures" in (project.folder / "snakemake.html").read_text(encoding="utf-8")


@pytest.mark.tex
def test_all_tables_compile(finished, tmp_path):
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    tables = sorted((finished.folder / RESULTS / "tables").glob("*.tex"))
    inputs = "\n".join(rf"\input{{{path}}}" for path in tables)
    packages = r"\usepackage{booktabs,graphicx,amsmath}\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}"
    (tmp_path / "all.tex").write_text(rf"\documentclass{{article}}{packages}\begin{{document}}{inputs}\end{{document}}")
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "all.tex"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert (tmp_path / "all.pdf").stat().st_size > 10_000


@pytest.mark.tex
def test_the_document_is_compiled(finished):
    if shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    log = (finished.folder / RESULTS / "logs/reproduction.log").read_text(encoding="utf-8")
    assert "No document was compiled" not in log
    assert (finished.folder / RESULTS / "paper/reproduction.pdf").stat().st_size > 50_000
    source = (finished.folder / RESULTS / "paper/reproduction.tex").read_text(encoding="utf-8")
    for expected in ("Table 6.", "Table 11.", r"\paperfigure{3}", "tiny\\_lenet5", r"\section{Conclusion}"):
        assert expected in source


def test_without_tex_the_workflow_ends_well_and_says_so(project, tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    for folder in os.get_exec_path():
        for tool in Path(folder).glob("*"):
            if tool.name != "pdflatex" and not (tools / tool.name).exists():
                (tools / tool.name).symlink_to(tool)
    output = project.run("--forcerun", "reproduction", PATH=str(tools))
    assert "pdflatex is not installed on the machine that ran this job" in output
    assert (project.folder / RESULTS / "paper/reproduction.pdf").read_bytes().startswith(b"%PDF")


def test_a_second_run_gives_the_same_bytes(finished, checkout):
    """Weights, metrics, history, spectra, counts and tables are reproducible bit for bit on a CPU."""
    checkout.run("tables", "spectra", PYTHONHASHSEED="7")
    names = ["weights.safetensors", "metrics.json", "history.csv", "*.parquet", "table_*.csv", "table_*.tex"]
    compared = 0
    for name in names:
        for path in (checkout.folder / RESULTS).rglob(name):
            assert path.read_bytes() == (finished.folder / path.relative_to(checkout.folder)).read_bytes(), path
            compared += 1
    assert compared > 30


def test_a_killed_workflow_goes_on_where_it_was(finished, checkout):
    """SIGKILL to Snakemake and its trainings; the same command, after an unlock, ends in the same bits."""
    checkout.edit(TINY, "epochs: 2, ", "epochs: 30, ")
    reference = checkout.moved(checkout.folder.parent / "reference")
    target = f"{RUN}/metrics.json"
    reference.run(target)
    command = [sys.executable, "-m", "snakemake", "--configfile", TINY, "--cores", "1", target]
    process = subprocess.Popen(
        command, cwd=checkout.folder, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    log = checkout.folder / RESULTS / "logs/train/tiny_lenet5/bs64/seed0.log"
    deadline = time.monotonic() + 240
    while "epoch 3/" not in (log.read_text() if log.exists() else ""):
        assert time.monotonic() < deadline, "training did not begin"
        time.sleep(0.1)
    subprocess.run(["pkill", "-KILL", "-s", str(process.pid)], check=True)
    process.wait()
    assert not (checkout.folder / target).exists()
    checkout.run("--unlock")
    checkout.run(target)
    for name in ("weights.safetensors", "metrics.json", "history.csv"):
        assert (checkout.folder / RUN / name).read_bytes() == (reference.folder / RUN / name).read_bytes(), name


def test_a_terminated_training_saves_and_resumes(checkout):
    checkout.edit(TINY, "epochs: 2, ", "epochs: 30, ")
    target = f"{RUN}/metrics.json"
    command = [sys.executable, "-m", "snakemake", "--configfile", TINY, "--cores", "1", target]
    process = subprocess.Popen(
        command, cwd=checkout.folder, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    log = checkout.folder / RESULTS / "logs/train/tiny_lenet5/bs64/seed0.log"
    deadline = time.monotonic() + 240
    while "epoch 3/" not in (log.read_text() if log.exists() else ""):
        assert time.monotonic() < deadline, "training did not begin"
        time.sleep(0.1)
    subprocess.run(["pkill", f"-{signal.SIGTERM.name}", "-f", "train.py", "-s", str(process.pid)], check=True)
    assert process.wait(timeout=120) != 0
    assert "run the same command again to resume" in log.read_text()
    assert list((checkout.folder / RESULTS / ".checkpoints").rglob("checkpoint.safetensors"))
    checkout.run(target)
    assert "Resuming from a checkpoint" in log.read_text()
    assert not list((checkout.folder / RESULTS / ".checkpoints").rglob("checkpoint.safetensors"))
