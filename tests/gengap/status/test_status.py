"""The overview of jobs, from folders as a workflow leaves them."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gengap.errors import UserError
from gengap.runtime.run_lock import run_lock
from gengap.status.__main__ import main
from gengap.status.job_states import State, forgotten_runs, planned_jobs, state_of, write_jobs

ROOT = Path(__file__).parents[3]
EPOCH_12 = (
    "epoch 12/60: learning rate 0.1, train loss 0.0312 + 0.012 (cross-entropy + penalty), train error 1.5 %,"
    " test error 1.02 %, 41,000 images/s, 3 min left"
)
RUNS = [("wide", size, 0) for size in (64, 128, 8192)] + [("deep", 64, seed) for seed in range(3)]


def training(results, experiment, batch_size, seed):
    name = f"{experiment}/bs{batch_size}/seed{seed}"
    wildcards = {"experiment": experiment, "batch_size": str(batch_size), "seed": str(seed)}
    outputs = [f"{results}/runs/{name}/{file}" for file in ("metrics.json", "provenance.json")]
    return "train", wildcards, outputs, [f"{results}/logs/train/{name}.log"]


def other(results, rule, output, **wildcards):
    return rule, wildcards, [f"{results}/{output}"], [f"{results}/logs/{'/'.join([rule, *wildcards.values()])}.log"]


def jobs_of(results, runs=RUNS):
    """The jobs of a workflow, as Snakemake names them."""
    return [
        *(training(results, *run) for run in runs),
        other(results, "random_matrix", "random_matrices/gaussian/20x10.csv", law="gaussian", rows="20", columns="10"),
        other(results, "random_matrix", "random_matrices/gaussian/20x20.csv", law="gaussian", rows="20", columns="20"),
        other(results, "report", "report.html"),
        ("all", {}, [], []),
    ]


class Results:
    """A results folder, written as the workflow's jobs do."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()

    def finish(self, path):
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).touch()

    def train(self, name, diverged=False):
        self.finish(f"runs/{name}/provenance.json")
        (self.folder / f"runs/{name}/metrics.json").write_text(json.dumps({"diverged": diverged}))

    def log(self, name, *lines, level="INFO", minutes_ago=0.0):
        path = self.folder / "logs" / f"{name}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"2026-11-20 20:13:03,072 {level} {line}\n" for line in lines))
        written = time.time() - 60 * minutes_ago
        os.utime(path, (written, written))
        return path

    def running(self, name):
        return run_lock(self.folder / ".checkpoints" / name)

    def states(self):
        return {f"{job.kind} {job.name}": state_of(job) for job in planned_jobs(self.folder)}

    def state(self, name):
        return self.states()[name].state


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "config.yaml").write_text("run: []\n")
    found = Results(tmp_path / "results")
    write_jobs(jobs_of("results"), "results")
    return found


def shown(capsys, *arguments):
    """Exit status and text, with single spaces."""
    status = main(arguments)
    return status, re.sub(r" +", " ", capsys.readouterr().out)


def test_the_list_has_the_jobs_with_files_in_the_order_of_their_logs(results):
    jobs = planned_jobs(results.folder)
    assert len(jobs) == len(jobs_of("results")) - 1, "a target without files is no job"
    assert [job.log for job in jobs] == sorted(job.log for job in jobs)
    assert [job.run for job in jobs if job.run] == sorted(RUNS, key=lambda run: (run[0], str(run[1]), run[2]))
    assert {job.name for job in jobs if not job.run} == {"gaussian/20/10", "gaussian/20/20", "report"}


def test_where_no_run_was_started_there_is_no_list_and_a_sentence_says_so(tmp_path, capsys):
    with pytest.raises(UserError, match=r"jobs\.json is not there, so no run was started"):
        planned_jobs(tmp_path)
    assert main(["--results", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert (told.out, "start one" in told.err) == ("", True)


@pytest.mark.usefixtures("results")
def test_nothing_has_run(capsys):
    status, text = shown(capsys)
    assert (status, text.splitlines()[0]) == (0, "Trainings: 0 of 6 done, 6 waiting")
    for line in ("wide · · ·", "deep 3·", "random_matrix 0 2", "report 0 1"):
        assert line in [line.strip() for line in text.splitlines()]


def test_while_a_workflow_runs(results, capsys):
    results.finish("random_matrices/gaussian/20x10.csv")
    results.train("wide/bs64/seed0")
    results.train("wide/bs8192/seed0", diverged=True)
    results.log("train/wide/bs128/seed0", "Training lenet5", EPOCH_12)
    results.train("deep/bs64/seed0")
    results.log("train/deep/bs64/seed1", EPOCH_12)
    results.log("train/deep/bs64/seed2", "No space is left.", level="ERROR")
    results.log("random_matrix/gaussian/20/20", "7 of 100 matrices, 12 s left")
    with results.running("wide/bs128/seed0"):
        status, text = shown(capsys)
    lines = [line.strip() for line in text.splitlines()]
    assert (status, lines[0]) == (1, "Trainings: 3 of 6 done, 1 diverged, 1 running, 1 interrupted, 1 failed")
    for line in ("wide ✓ ▶ 20% ∞", "deep 1✓ 1◦ 1✗", "random_matrix 1 2 1", "report 0 1"):
        assert line in lines
    # What is said of each that runs or has stopped stands below its heading.
    (running,), (interrupted,), (failed,) = (
        [place for place, line in enumerate(lines) if line.startswith(word)]
        for word in ("Running", "Interrupted", "Failed")
    )
    assert {line.split(":")[0] for line in lines[running + 1 : running + 3]} == {
        "wide, batch size 128, seed 0",
        "random_matrix",
    }
    epoch = "epoch 12 of 60, loss 0.0312 + 0.012 (weight penalty)"
    assert f"wide, batch size 128, seed 0: {epoch}, 3 min left" in lines
    assert lines[interrupted + 1] == f"deep, batch size 64, seed 1: {epoch}"
    assert lines[failed + 1 : failed + 3] == [
        "deep, batch size 64, seed 2: No space is left.",
        "results/logs/train/deep/bs64/seed2.log",
    ]


def test_long_lists_are_cut(results, capsys):
    write_jobs(jobs_of("results", [("deep", 64, seed) for seed in range(25)]), "results")
    for seed in range(25):
        results.log(f"train/deep/bs64/seed{seed}", "It failed.", level="ERROR")
    text = shown(capsys)[1]
    assert (text.count("It failed."), "and 5 more" in text) == (20, True)


def test_a_training_is_done_only_with_all_its_files_and_runs_while_it_is_locked(results):
    with results.running("wide/bs64/seed0"):
        assert results.state("train wide/bs64/seed0") == State.RUNNING
    results.finish("runs/wide/bs64/seed0/metrics.json")
    assert results.state("train wide/bs64/seed0") == State.WAITING
    results.train("wide/bs64/seed0")
    assert results.state("train wide/bs64/seed0") == State.DONE


STOPPED = "Stopped by SIGTERM in epoch 13; run it again."


@pytest.mark.parametrize(
    ("name", "lines", "minutes_ago", "expected"),
    [
        # An empty log is a job that starts; without a lock, a job runs while its log grows.
        ("train/wide/bs64/seed0", [], 1, State.RUNNING),
        ("train/wide/bs64/seed0", [], 3, State.INTERRUPTED),
        ("random_matrix/gaussian/20/10", ["7 of 100 matrices"], 9, State.RUNNING),
        ("random_matrix/gaussian/20/10", ["7 of 100 matrices"], 11, State.INTERRUPTED),
        ("train/wide/bs64/seed0", [EPOCH_12, STOPPED], 0, State.INTERRUPTED),
    ],
)
def test_a_job_without_its_files_is_judged_by_its_log(results, name, lines, minutes_ago, expected):
    results.log(name, *lines, minutes_ago=minutes_ago)
    assert results.state(name.replace("/", " ", 1)) == expected


def test_a_traceback_at_the_end_of_a_log_is_a_failure(results):
    path = results.log("train/wide/bs64/seed0", "The job failed with an unexpected error", level="ERROR")
    path.write_text(path.read_text() + "Traceback (most recent call last):\nValueError: wrong\n\n")
    told = results.states()["train wide/bs64/seed0"]
    assert (told.state, told.last_line) == (State.FAILED, "ValueError: wrong")


def test_markup_and_broken_bytes_in_a_log_are_shown_as_they_are(results, capsys):
    results.log("report").write_bytes(b"2026-11-20 20:13:03,072 ERROR no key [bold] \xff\n")
    assert "report: no key [bold] \ufffd\n" in shown(capsys)[1]


def test_trainings_that_nothing_asks_for_any_more_are_named(results, capsys):
    results.train("wide/bs64/seed0")
    assert forgotten_runs(results.folder, planned_jobs(results.folder)) == []
    for name in ("wide/bs256/seed0", "gone/bs64/seed7"):
        results.train(name)
    assert forgotten_runs(results.folder, planned_jobs(results.folder)) == ["gone/bs64/seed7", "wide/bs256/seed0"]
    status, text = shown(capsys)
    assert (status, "gone/bs64/seed7, wide/bs256/seed0" in text) == (0, True)
    assert text.startswith("Trainings: 1 of 6 done")


def test_other_configurations_and_folders(results, capsys):
    here = results.folder.parent
    for name, runs in (("mine", RUNS[:1]), ("elsewhere", RUNS[:2])):
        Results(here / name)
        write_jobs(jobs_of(name, runs), name)
    (here / "mine.yaml").write_text("results: mine\n")
    assert "0 of 1 done" in shown(capsys, "--configfile", "mine.yaml")[1]
    assert "0 of 2 done" in shown(capsys, "--configfile", "mine.yaml", "--results", "elsewhere")[1]


@pytest.mark.workflow
def test_the_list_of_a_run_is_what_snakemake_plans(tmp_path, monkeypatch):
    """A run that makes one file writes the jobs of that file, with the files and logs of Snakemake's own plan."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", tmp_path]
    command += ["--configfile", ROOT / "tests/workflow/tiny.yaml", "--workflow-profile", "none", "--cores", "1"]
    target = ["--", "data"]
    plan = subprocess.run([*command, "-n", *target], capture_output=True, text=True, check=True).stdout
    subprocess.run([*command, *target], capture_output=True, check=True)
    told = {kind: set(re.findall(rf"^    {kind}: (.*?)(?: \(|$)", plan, re.MULTILINE)) for kind in ("output", "log")}
    (folder,) = (path.parent for path in tmp_path.rglob("jobs.json"))
    monkeypatch.chdir(tmp_path)
    jobs = planned_jobs(folder)
    assert {", ".join(map(str, job.outputs)) for job in jobs} == told["output"]
    assert {str(job.log) for job in jobs} == told["log"]
    assert {state_of(job).state for job in jobs} == {State.DONE}
