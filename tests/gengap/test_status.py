"""The overview of jobs, from folders as a workflow leaves them, by its exact text."""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gengap.config import load_config, plan
from gengap.job_states import State, planned_jobs, state_of
from gengap.run_lock import run_lock
from gengap.status import main

ROOT = Path(__file__).parents[2]

CONFIG = """\
run: [wide, deep]
seeds: [0]
datasets:
  digits: { source: digits, image_size: 28, channels: 1 }
recipes:
  short: { epochs: 60 }
experiments:
  wide: { model: lenet5, dataset: digits, recipe: short, batch_sizes: [64, 128, 8192] }
  deep: { model: lenet5, dataset: digits, recipe: short, batch_sizes: [64], seeds: [0, 1, 2], spectra: false }
random_matrices:
  laws: [gaussian]
  sizes: [[20, 10], [20, 20]]
tables:
  - { number: 6, experiment: wide, printed: false }
  - { number: a1, law: gaussian, printed: false }
figures:
  - { number: 3, experiments: [wide] }
"""

EPOCH_12 = (
    "epoch 12/60: learning rate 0.1, train loss 0.0312 + 0.012 (cross-entropy + penalty), train error 1.5 %,"
    " test error 1.02 %, 41,000 images/s, 3 min left"
)


class Results:
    """A results folder, written as the workflow's jobs do."""

    def __init__(self, folder):
        self.folder = folder

    def finish(self, *paths):
        for path in paths:
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


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "config.yaml").write_text(CONFIG)
    (tmp_path / "results").mkdir()
    return Results(tmp_path / "results")


def shown(capsys, *arguments):
    """Exit status and text, without the spaces at the ends of lines."""
    status = main(arguments)
    return status, re.sub(r" +$", "", capsys.readouterr().out, flags=re.MULTILINE)


def states(results):
    config = load_config([results.folder.parent / "config.yaml"]) | {"results": str(results.folder)}
    return {f"{job.kind} {job.name}": state_of(job) for job in planned_jobs(plan(config))}


def state(results, name):
    return states(results)[name].state


@pytest.mark.usefixtures("results")
def test_nothing_has_run(capsys):
    assert shown(capsys) == (
        0,
        """\
Trainings: 0 of 6 done, 6 waiting

batch size   64   128   8192
────────────────────────────
wide          ·     ·      ·

batch size   64
───────────────
deep         3·

· waiting

other jobs        done   of   running   interrupted   failed
────────────────────────────────────────────────────────────
data sets            0    1
spectra              0    4
counts               0    1
random matrices      0    2
tables               0    2
figures              0    1
audit                0    4
report               0    2
""",
    )


def test_while_a_workflow_runs(results, capsys):
    results.finish("random_matrices/gaussian/20x10.csv", "tables/table_a1.csv")
    (results.folder.parent / "resources/datasets").mkdir(parents=True)
    (results.folder.parent / "resources/datasets/digits.safetensors.sha256").touch()
    results.train("wide/bs64/seed0")
    results.train("wide/bs8192/seed0", diverged=True)
    results.log("train/wide/bs128/seed0", "Training lenet5", EPOCH_12)
    results.train("deep/bs64/seed0")
    results.log("train/deep/bs64/seed1", EPOCH_12)
    results.log("train/deep/bs64/seed2", "No space is left.", level="ERROR")
    results.log("random_matrix/gaussian/20x20", "gaussian 20 x 20: 7 of 100 matrices, 12 s left")
    results.log("spectrum/wide/bs64/seed0", "Fed batch of 64: layer 2 of 4, conv1")
    with results.running("wide/bs128/seed0"):
        assert shown(capsys) == (
            1,
            """\
Trainings: 3 of 6 done, 1 diverged, 1 running, 1 interrupted, 1 failed

batch size   64     128   8192
──────────────────────────────
wide          ✓   ▶ 20%      ∞

batch size         64
─────────────────────
deep         1✓ 1◦ 1✗

✓ done   ∞ diverged   ▶ running   ◦ interrupted   ✗ failed

Running
  wide, batch size 128, seed 0: epoch 12 of 60, loss 0.0312 + 0.012 (weight penalty), 3 min left
  spectra: wide/bs64/seed0: Fed batch of 64: layer 2 of 4, conv1
  random matrices: gaussian/20x20: gaussian 20 x 20: 7 of 100 matrices, 12 s left

Interrupted: the same command resumes them
  deep, batch size 64, seed 1: epoch 12 of 60, loss 0.0312 + 0.012 (weight penalty)

Failed
  deep, batch size 64, seed 2: No space is left.
    results/logs/train/deep/bs64/seed2.log

other jobs        done   of   running   interrupted   failed
────────────────────────────────────────────────────────────
data sets            1    1
spectra              0    4         1
counts               0    1
random matrices      1    2         1
tables               1    2
figures              0    1
audit                0    4
report               0    2
""",
        )


def test_long_lists_are_cut(results, capsys):
    text = (results.folder.parent / "config.yaml").read_text().replace("[0, 1, 2]", str(list(range(25))))
    (results.folder.parent / "config.yaml").write_text(text)
    for seed in range(25):
        results.log(f"train/deep/bs64/seed{seed}", "It failed.", level="ERROR")
    output = shown(capsys)[1]
    assert output.count("It failed.") == 20
    assert "\n  and 5 more\n" in output


def test_a_training_is_done_only_with_all_its_files(results):
    results.finish("runs/wide/bs64/seed0/metrics.json")
    assert state(results, "trainings wide/bs64/seed0") == State.WAITING
    results.train("wide/bs64/seed0")
    assert state(results, "trainings wide/bs64/seed0") == State.DONE


def test_a_lock_and_no_log_is_a_running_training(results):
    with results.running("wide/bs64/seed0"):
        assert state(results, "trainings wide/bs64/seed0") == State.RUNNING
    assert state(results, "trainings wide/bs64/seed0") == State.WAITING


@pytest.mark.parametrize(("minutes_ago", "expected"), [(1, State.RUNNING), (3, State.INTERRUPTED)])
def test_an_empty_log_is_a_job_that_starts(results, minutes_ago, expected):
    results.log("train/wide/bs64/seed0", minutes_ago=minutes_ago)
    assert state(results, "trainings wide/bs64/seed0") == expected


@pytest.mark.parametrize(("minutes_ago", "expected"), [(9, State.RUNNING), (11, State.INTERRUPTED)])
def test_a_job_without_a_lock_runs_while_its_log_grows(results, minutes_ago, expected):
    results.log("random_matrix/gaussian/20x10", "7 of 100 matrices", minutes_ago=minutes_ago)
    assert state(results, "random matrices gaussian/20x10") == expected


def test_a_traceback_at_the_end_of_a_log_is_a_failure(results):
    path = results.log("train/wide/bs64/seed0", "The job failed with an unexpected error", level="ERROR")
    path.write_text(path.read_text() + "Traceback (most recent call last):\nValueError: wrong\n\n")
    told = states(results)["trainings wide/bs64/seed0"]
    assert (told.state, told.last_line) == (State.FAILED, "ValueError: wrong")


def test_a_training_stopped_by_a_signal_is_interrupted(results):
    results.log("train/wide/bs64/seed0", EPOCH_12, "Stopped by SIGTERM in epoch 13; run it again.", level="WARNING")
    assert state(results, "trainings wide/bs64/seed0") == State.INTERRUPTED


def test_markup_and_broken_bytes_in_a_log_are_shown_as_they_are(results, capsys):
    path = results.log("table/6")
    path.write_bytes(b"2026-11-20 20:13:03,072 ERROR no key [bold] \xff\n")
    assert "  tables: 6: no key [bold] \ufffd\n" in shown(capsys)[1]


def test_other_configurations_and_folders(results, capsys):
    (results.folder.parent / "mine.yaml").write_text("run: [deep]\nseeds: [5]\n")
    Results(results.folder.parent / "elsewhere").train("deep/bs64/seed2")
    output = shown(capsys, "--configfile", "mine.yaml", "--results", "elsewhere")[1]
    assert output.startswith("Trainings: 1 of 3 done, 2 waiting\n")


def test_a_wrong_configuration_is_told_in_a_sentence(results, capsys):
    (results.folder.parent / "config.yaml").write_text(CONFIG.replace("run: [wide", "run: [wider"))
    assert main([]) == 2
    expected = "`run` names `wider`, which is not in `experiments`; did you mean `wide`?\n"
    assert capsys.readouterr() == ("", expected)


@pytest.mark.workflow
def test_files_and_logs_are_those_of_the_workflow(tmp_path):
    """Every planned job's log and outputs stand in Snakemake's own plan, and every log there is a planned job's."""
    names = ["config.yaml", "tests/workflow/tiny.yaml"]
    command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile", "--directory", tmp_path, "-n"]
    done = subprocess.run(
        [*command, "--forceall", "--configfile", ROOT / names[1], "--workflow-profile", "none"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    lines = [line.strip().split(": ", 1) for line in done.stdout.splitlines() if line.startswith("    ")]
    outputs = {
        Path(path)
        for key, value in (line for line in lines if len(line) == 2)
        if key == "output"
        for path in value.split(", ")
    }
    logs = {Path(line[1].split(" (")[0]) for line in lines if line[0] == "log"}
    jobs = list(planned_jobs(plan(load_config(ROOT / name for name in names))))
    assert {job.log for job in jobs} == logs
    assert {output for job in jobs for output in job.outputs} <= outputs
