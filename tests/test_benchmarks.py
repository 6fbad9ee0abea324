"""The benchmarks run and write what they promise; what they measure is no matter of tests."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COLUMNS = {
    "startup": {"processor", "wall"},
    "training": {"here", "data_loader", "data_on_device"},
    "paper": {"images_per_second", "epochs", "minutes"},
    "planning": {"trainings", "seconds", "megabytes"},
    "random_matrices": {"here", "theirs", "ratio"},
    "spectra": {"here", "theirs", "ratio"},
}


def python(*arguments, folder):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "workflow")])}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", COLUMNS)
def test_a_smoke_run_prints_and_writes_its_table(name, tmp_path):
    output = python("-m", f"benchmarks.{name}", "--smoke", folder=tmp_path)
    written = tmp_path / "results" / "benchmarks" / f"{name}_smoke.csv"
    with open(written, encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        assert all(float(row[column]) > 0 for column in COLUMNS[name])
        assert row["machine"] in output
    lines = written.with_suffix(".md").read_text().splitlines()
    assert sum(line.startswith("| ") for line in lines) == len(rows) + 2


def test_the_estimate_counts_every_epoch_of_the_paper(tmp_path):
    program = """
from benchmarks.paper import CONFIG, epochs_of
for model in ("vgg16", "resnet56", "lenet5"):
    print(model, sum(epochs for case, epochs in epochs_of(CONFIG).items() if case.model == model))
"""
    # Two data sets, five batch sizes, 200 epochs; six experiments of six batch sizes and one of four, 60 epochs.
    assert python("-c", program, folder=tmp_path).split() == [
        "vgg16", "2000", "resnet56", "2000", "lenet5", str(60 * (6 * 6 + 4)),
    ]  # fmt: skip


def test_what_a_loop_keeps_ready_is_trained_on_unmeasured(tmp_path):
    program = """
import itertools, torch
from benchmarks.loops import batches_ready, speed
steps = itertools.count()
loop = iter(lambda: (lambda: 0 * next(steps) + 1), None)
speed(loop, torch.device("cpu"), 0.0, unmeasured=batches_ready(workers=8))
print(next(steps), batches_ready(workers=0))
"""
    # Eight workers with two batches each and one under way; two steps are measured.
    assert python("-c", program, folder=tmp_path).split() == ["19", "0"]


def test_a_benchmark_that_is_stopped_leaves_the_rows_that_it_has(tmp_path):
    program = """
from benchmarks.report import Report
report = Report("some", "Speed", "this machine", {"case": 8, "speed": 8})
report.add("one", "2", case="one", speed=2)
report.add("two", "3", case="two", speed=3)
raise SystemExit(0 if __import__("sys").argv[1] == "stop" else report.write("All of it."))
"""
    texts = {}
    for name in ("stop", "end"):
        (tmp_path / name).mkdir()
        python("-c", program, name, folder=tmp_path / name)
        folder = tmp_path / name / "results/benchmarks"
        with open(folder / "some.csv", encoding="utf-8") as file:
            assert [row["speed"] for row in csv.DictReader(file)] == ["2", "3"]
        texts[name] = (folder / "some.md").read_text(encoding="utf-8")
    assert texts["stop"].endswith("Not finished: rows are missing.\n")
    assert texts["end"] == texts["stop"].replace("Not finished: rows are missing.", "All of it.")
