"""The overview of jobs, from folders as a workflow leaves them."""

import json
import os
import re
import time

import pytest

from gengap.runtime.run_lock import run_lock
from gengap.status.__main__ import main
from gengap.status.job_states import State, planned_jobs, state_of, write_jobs

EPOCH_12 = (
    "epoch 12/60: learning rate 0.1, train loss 0.0312 + 0.012 (cross-entropy + penalty), train error 1.5 %,"
    " test error 1.02 %, 41,000 images/s, 3 min left"
)
RUNS = [("wide", size, 0) for size in (64, 128, 8192)] + [("deep", 64, seed) for seed in range(3)]


def jobs_of(results, runs=RUNS):
    """Rule, wildcards, outputs and logs of each job, as Snakemake has them."""
    jobs = [("report", {}, [f"{results}/report.html"], [f"{results}/logs/report.log"]), ("all", {}, [], [])]
    for columns in ("10", "20"):
        wildcards = {"law": "gaussian", "rows": "20", "columns": columns}
        output = f"{results}/random_matrices/gaussian/20x{columns}.csv"
        jobs.append(("random_matrix", wildcards, [output], [f"{results}/logs/random_matrix/gaussian/20/{columns}.log"]))
    for experiment, batch_size, seed in runs:
        name = f"{experiment}/bs{batch_size}/seed{seed}"
        wildcards = {"experiment": experiment, "batch_size": str(batch_size), "seed": str(seed)}
        outputs = [f"{results}/runs/{name}/{file}" for file in ("metrics.json", "provenance.json")]
        jobs.append(("train", wildcards, outputs, [f"{results}/logs/train/{name}.log"]))
    return jobs


class Results:
    """A results folder, written as the workflow's jobs do."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, path, text=""):
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def train(self, name, diverged=False):
        self.write(f"runs/{name}/provenance.json")
        self.write(f"runs/{name}/metrics.json", json.dumps({"diverged": diverged}))

    def log(self, name, *lines, level="INFO", minutes_ago=0.0):
        self.write(f"logs/{name}.log", "".join(f"2026-11-20 20:13:03,072 {level} {line}\n" for line in lines))
        written = time.time() - 60 * minutes_ago
        os.utime(self.folder / f"logs/{name}.log", (written, written))

    def state(self, name):
        (found,) = (state_of(job) for job in planned_jobs(self.folder) if f"{job.kind} {job.name}" == name)
        return found.state


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "config.yaml").write_text("run: []\n")
    (tmp_path / "results").mkdir()
    write_jobs(jobs_of("results"), "results")
    return Results(tmp_path / "results")


def shown(capsys, *arguments):
    """Exit status and lines, with single spaces."""
    status = main(arguments)
    return status, [line.strip() for line in re.sub(r" +", " ", capsys.readouterr().out).splitlines()]


def test_the_list_has_the_jobs_with_files_in_the_order_of_their_logs(results):
    jobs = planned_jobs(results.folder)
    assert len(jobs) == len(jobs_of("results")) - 1, "a target without files is no job"
    assert [job.log for job in jobs] == sorted(job.log for job in jobs)
    assert {job.run for job in jobs if job.run} == set(RUNS)
    assert {job.name for job in jobs if not job.run} == {"gaussian/20/10", "gaussian/20/20", "report"}


def test_where_no_run_was_started_a_sentence_says_so(results, capsys):
    assert main(["--results", str(results.folder.parent)]) == 2
    told = capsys.readouterr()
    assert (told.out, "jobs.json" in told.err) == ("", True)


def test_while_a_workflow_runs(results, capsys):
    results.write("random_matrices/gaussian/20x10.csv")
    results.train("wide/bs64/seed0")
    results.train("wide/bs8192/seed0", diverged=True)
    results.log("train/wide/bs128/seed0", "Training lenet5", EPOCH_12)
    results.train("deep/bs64/seed0")
    results.log("train/deep/bs64/seed1", EPOCH_12)
    results.log("train/deep/bs64/seed2", "No space is left.", level="ERROR")
    results.log("random_matrix/gaussian/20/20", "7 of 100 matrices, 12 s left")
    with run_lock("results/.checkpoints/wide/bs128/seed0"):
        status, lines = shown(capsys)
    assert (status, lines[0]) == (1, "Trainings: 3 of 6 done, 1 diverged, 1 running, 1 interrupted, 1 failed")
    assert {"wide ✓ ▶ 20% ∞", "deep 1✓ 1◦ 1✗", "random_matrix 1 2 1", "report 0 1"} <= set(lines)
    # What is said of each that runs or has stopped stands below its heading.
    running, interrupted, failed = (
        next(place for place, line in enumerate(lines) if line.startswith(word))
        for word in ("Running", "Interrupted", "Failed")
    )
    epoch = "epoch 12 of 60, loss 0.0312 + 0.012 (weight penalty)"
    told = {line.split(":")[0] for line in lines[running + 1 : running + 3]}
    assert told == {"wide, batch size 128, seed 0", "random_matrix"}
    assert f"wide, batch size 128, seed 0: {epoch}, 3 min left" in lines
    assert lines[interrupted + 1] == f"deep, batch size 64, seed 1: {epoch}"
    assert lines[failed + 1] == "deep, batch size 64, seed 2: No space is left."
    assert lines[failed + 2] == "results/logs/train/deep/bs64/seed2.log"


def test_long_lists_are_cut(results, capsys):
    write_jobs(jobs_of("results", [("deep", 64, seed) for seed in range(25)]), "results")
    for seed in range(25):
        results.log(f"train/deep/bs64/seed{seed}", "It failed.", level="ERROR")
    lines = shown(capsys)[1]
    assert (sum("It failed." in line for line in lines), "and 5 more" in lines) == (20, True)


def test_a_training_is_done_only_with_all_its_files_and_runs_while_it_is_locked(results):
    name = "wide/bs64/seed0"
    with run_lock(f"results/.checkpoints/{name}"):
        assert results.state(f"train {name}") == State.RUNNING
    results.write(f"runs/{name}/metrics.json")
    assert results.state(f"train {name}") == State.WAITING
    results.write(f"runs/{name}/provenance.json")
    assert results.state(f"train {name}") == State.DONE


@pytest.mark.parametrize(
    ("name", "lines", "minutes_ago", "expected"),
    [
        # An empty log is a job that starts; without a lock, a job runs while its log grows.
        ("train/wide/bs64/seed0", [], 1, State.RUNNING),
        ("train/wide/bs64/seed0", [], 3, State.INTERRUPTED),
        ("random_matrix/gaussian/20/10", ["7 of 100 matrices"], 9, State.RUNNING),
        ("random_matrix/gaussian/20/10", ["7 of 100 matrices"], 11, State.INTERRUPTED),
        ("train/wide/bs64/seed0", [EPOCH_12, "Stopped by SIGTERM in epoch 13."], 0, State.INTERRUPTED),
        ("train/wide/bs64/seed0", ["Failed.\nTraceback (most recent call last):\nValueError: wrong"], 0, State.FAILED),
    ],
)
def test_a_job_without_its_files_is_judged_by_its_log(results, name, lines, minutes_ago, expected):
    results.log(name, *lines, minutes_ago=minutes_ago)
    assert results.state(name.replace("/", " ", 1)) == expected


def test_markup_and_broken_bytes_in_a_log_are_shown_as_they_are(results, capsys):
    results.log("report")
    (results.folder / "logs/report.log").write_bytes(b"2026-11-20 20:13:03,072 ERROR no key [bold] \xff\n")
    assert any(line.endswith("report: no key [bold] \ufffd") for line in shown(capsys)[1])


def test_trainings_that_nothing_asks_for_any_more_are_named(results, capsys):
    for name in ("wide/bs64/seed0", "wide/bs256/seed0", "gone/bs64/seed7"):
        results.train(name)
    status, lines = shown(capsys)
    assert (status, lines[0]) == (0, "Trainings: 1 of 6 done, 5 waiting")
    assert {"wide ✓ · ·", "deep 3·", "random_matrix 0 2", "report 0 1"} <= set(lines)
    assert " ".join(lines).endswith("gone/bs64/seed7, wide/bs256/seed0")


def test_other_configurations_and_folders_and_a_watch_that_ends_with_the_last_job(results, capsys, monkeypatch):
    here = results.folder.parent
    for name, runs in (("mine", RUNS[:1]), ("elsewhere", RUNS[:2])):
        write_jobs(jobs_of(name, runs), name)
        for _, _, outputs, _ in jobs_of(name, runs):
            for path in outputs:
                Results(here).write(path)
    (here / "mine.yaml").write_text("results: mine\n")
    assert shown(capsys, "--configfile", "mine.yaml")[1][0] == "Trainings: 1 of 1 done"
    last = here / jobs_of("elsewhere", RUNS[:2])[-1][2][0]
    last.unlink()
    monkeypatch.setattr("gengap.status.__main__.time.sleep", lambda _seconds: last.write_text("{}"))
    arguments = ["--configfile", "mine.yaml", "--results", "elsewhere", "--watch"]
    assert "Trainings: 2 of 2 done" in shown(capsys, *arguments)[1]
