"""The whole tiny workflow: every promised file is there, says what it should, and can be used."""

import json
import os
import re
import signal
import subprocess

import pandas as pd
import pytest
from workflow_harness import TINY, wait_for

from gengap.status.job_states import planned_jobs, state_of

pytestmark = pytest.mark.workflow

RESULTS = "results/tiny"
RUN = f"{RESULTS}/runs/tiny_lenet5/bs64/seed0"
METRICS = f"{RUN}/metrics.json"
TRAINING_LOG = f"{RESULTS}/logs/train/tiny_lenet5/bs64/seed0.log"


def test_all_that_was_planned_is_there_and_nothing_is_left_over(finished, monkeypatch):
    """Also by the list of jobs that `make status` reads; each exhibit with its numbers, its words and its picture."""
    monkeypatch.chdir(finished.folder)
    states = {(job.kind, job.name): state_of(job).state for job in planned_jobs(RESULTS)}
    assert set(states.values()) == {"done"}
    assert {"train", "spectrum", "counts", "random_matrix", "table", "figure", "report"} <= {kind for kind, _ in states}
    results = finished.folder / RESULTS
    found = {str(path.relative_to(results)) for path in results.rglob("*") if path.is_file()}
    kinds = {}
    for path in found:
        if match := re.fullmatch(r"((?:tables|figures|audit)/[^/.]+)\.(\w+)", path):
            kinds.setdefault(match[1], set()).add(match[2])
    pictures = {name for name, suffixes in kinds.items() if suffixes == {"csv", "pdf", "png", "json"}}
    assert all(kinds[name] == {"csv", "tex", "json"} for name in kinds.keys() - pictures)
    assert {"figures/figure_3", "figures/figure_6", "audit/sigma_min"} <= pictures
    assert {"tables/table_6", "tables/table_11", "tables/table_a1", "audit/loss_parts"} <= kinds.keys() - pictures
    assert {"facts.json", "paper/reproduction.tex", "paper/reproduction.pdf", "config.json"} <= found
    assert not [path for path in found if ".tmp" in path]
    assert not [name for name in (".checkpoints", ".partial") if (results / name).exists()]


def test_tables_hold_what_the_runs_measured(finished):
    """Also the baseline of the switching table, which is the same run."""
    metrics = json.loads((finished.folder / METRICS).read_text())
    table, switching = (
        pd.read_csv(finished.folder / RESULTS / f"tables/table_{n}.csv", dtype={"batch_size": str}).set_index(
            "batch_size"
        )
        for n in (6, 11)
    )
    assert (list(table.index), list(switching.index)) == (["64", "256"], ["64", "256->64"])
    loss = metrics["train_cross_entropy"] + metrics["weight_penalty"]
    assert table.loc["64", "test_error_percent_mean"] == pytest.approx(metrics["test_error_percent"])
    assert table.loc["64", "train_loss_mean"] == pytest.approx(loss)
    assert switching.loc["64", "test_loss_mean"] == pytest.approx(metrics["test_loss"])


def test_snakemakes_own_report_can_be_made(project):
    project.run("--report", "snakemake.html")
    assert "Figures" in (project.folder / "snakemake.html").read_text(encoding="utf-8")


@pytest.mark.tex
def test_the_document_and_all_tables_compile(finished):
    results = finished.folder / RESULTS
    assert "No document was compiled" not in (results / "logs/reproduction.log").read_text(encoding="utf-8")
    assert (results / "paper/reproduction.pdf").stat().st_size > 50_000
    source = (results / "paper/reproduction.tex").read_text(encoding="utf-8").replace(r"\allowbreak ", "")
    tables = [path for part in ("tables", "audit") for path in (results / part).glob("*.tex")]
    assert {path.name for path in tables} >= {"table_6.tex", "table_11.tex", "loss_parts.tex", "proposition_3.tex"}
    shown = [rf"\input{{../{path.parent.name}/{path.name}}}" for path in tables]
    for expected in (*shown, r"\paperfigure{3}", "tiny\\_lenet5", r"\section{Findings}"):
        assert expected in source


def test_a_second_run_gives_the_same_bytes(finished, checkout):
    """Weights, metrics, history, spectra, counts and tables are reproducible bit for bit on a CPU."""
    checkout.run("tables", "spectra", PYTHONHASHSEED="7")
    results = checkout.folder / RESULTS
    # Of four trainings, six networks and two random matrices, three experiments, and four tables.
    expected = {"runs/**/weights.safetensors": 4, "runs/**/metrics.json": 4, "runs/**/history.csv": 4}
    expected |= {"runs/**/trajectory.csv": 4, "**/*.parquet": 6 + 2, "counts/*.csv": 3 * 4, "tables/table_*": 4 * 3}
    for pattern, number in expected.items():
        paths = list(results.glob(pattern))
        assert len(paths) == number
        for path in paths:
            assert path.read_bytes() == (finished.folder / path.relative_to(checkout.folder)).read_bytes(), path


def stop_training(project, number, *, after, target="training"):
    """Start the training by Snakemake and send a signal to it, to Snakemake or to both once its log says so.

    Returns what the training has logged, once it has ended.
    """
    log = project.folder / TRAINING_LOG
    before = log.read_text() if log.exists() else ""
    process = project.start(METRICS, cores=1)
    wait_for(lambda: log.exists() and log.read_text() != before and re.search(after, log.read_text()), process)
    training = ["-f", "train.py", "-s", str(process.pid)]
    if target == "training":
        subprocess.run(["pkill", f"-{number.name}", *training], check=True)
    elif target == "snakemake":
        process.send_signal(number)
    else:
        os.killpg(process.pid, number)
    # The output is open for as long as Snakemake or the training goes on.
    process.communicate(timeout=120)
    assert process.returncode != 0
    assert subprocess.run(["pgrep", *training], check=False).returncode == 1
    assert not (project.folder / METRICS).exists()
    return log.read_text()


def test_a_stopped_and_a_killed_training_go_on_to_the_same_bits(checkout):
    """SIGTERM to a training, SIGKILL to Snakemake, SIGKILL to both: the same command goes on to the same bits."""
    # So that the training takes some seconds.
    checkout.edit(TINY, "epochs: 2, ", "epochs: 60, ")
    undisturbed = checkout.moved(checkout.folder.parent / "undisturbed")
    undisturbed.run(METRICS)

    log = stop_training(checkout, signal.SIGTERM, after="epoch 3/")
    assert "run the same command again to resume" in log
    checkpoints = checkout.folder / RESULTS / ".checkpoints"
    assert list(checkpoints.rglob("checkpoint.safetensors"))

    log = stop_training(checkout, signal.SIGKILL, after=r"Resuming(.|\n)*epoch \d+/", target="snakemake")
    assert "run the same command again to resume" in log
    checkout.run("--unlock")

    stop_training(checkout, signal.SIGKILL, after=r"Resuming(.|\n)*epoch \d+/", target="both")
    assert list(checkpoints.rglob("checkpoint.safetensors"))

    checkout.run("--unlock")
    checkout.run(METRICS)
    assert "Resuming from a checkpoint" in (checkout.folder / TRAINING_LOG).read_text()
    assert not list(checkpoints.rglob("checkpoint.safetensors"))
    for name in ("weights.safetensors", "metrics.json", "history.csv", "trajectory.csv"):
        assert (checkout.folder / RUN / name).read_bytes() == (undisturbed.folder / RUN / name).read_bytes(), name
