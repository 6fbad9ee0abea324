"""The benchmarks run and write what they promise; what they measure is no matter of tests."""

import os
import subprocess
import sys
from collections import Counter

import pandas as pd
import pytest
from benchmarks.gpu_check import FIGURES, WAYS, compared
from benchmarks.paper import CONFIG, epochs_of
from places import ROOT

COLUMNS = {
    "startup": ["processor", "wall"],
    "training": ["here", "data_loader", "data_on_device"],
    "paper": ["images_per_second", "epochs", "minutes"],
    "gpu_check": ["right"],
    "planning": ["trainings", "seconds", "megabytes"],
    "minima": ["here", "theirs", "ratio"],
    "random_matrices": ["here", "theirs", "ratio"],
    "spectra": ["here", "theirs", "ratio"],
}


def started(*arguments, folder):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "workflow")])}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("name", COLUMNS)
def test_a_smoke_run_prints_and_writes_its_table(name, tmp_path):
    done = started("-m", f"benchmarks.{name}", "--smoke", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    written = tmp_path / "results" / "benchmarks" / f"{name}_smoke.csv"
    rows = pd.read_csv(written)
    assert len(rows)
    assert (rows[COLUMNS[name]] > 0).all(axis=None)
    assert all(machine in done.stdout for machine in rows["machine"])
    lines = written.with_suffix(".md").read_text().splitlines()
    assert sum(line.startswith("| ") for line in lines) == len(rows) + 2


def test_the_estimate_counts_every_epoch_of_the_paper():
    epochs = Counter()
    for case, number in epochs_of(CONFIG).items():
        epochs[case.model] += number
    # Two data sets, five batch sizes, 200 epochs; six experiments of six batch sizes and one of four, 60 epochs.
    assert epochs == {"vgg16": 2000, "resnet56": 2000, "lenet5": 60 * (6 * 6 + 4)}


PROGRAM = """
import time
from argparse import Namespace
from functools import partial
from benchmarks.loops import Case
from benchmarks.processes import alone
from benchmarks.report import Report

def measured(case):
    if case.batch_size == 2:
        raise ValueError("of this case")
    return 10 * case.batch_size

if __name__ == "__main__":
    try:
        alone(partial(time.sleep, 600), 1.0)
    except TimeoutError:
        print("ended")
    report = Report("some", "Speed", "this machine", {"case": 10, "speed": 8})
    chosen = Namespace(cases=["lenet5-1", "lenet5-2", "vgg16-1"], limit=300.0)
    for case, speed in report.each([Case("lenet5", size, 10) for size in (1, 2, 3)], measured, chosen):
        report.add(case.name, str(speed), case=case.name, speed=speed)
    report.write()
"""


def test_a_case_that_fails_or_hangs_costs_itself_alone(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    done = started("program.py", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "ended" in done.stdout
    rows = pd.read_csv(tmp_path / "results/benchmarks/some.csv")
    assert rows[["case", "speed"]].values.tolist() == [["lenet5-1", 10]]
    missing = (tmp_path / "results/benchmarks/some.md").read_text(encoding="utf-8").split("\n\n")[-2:]
    assert [text.partition(":")[0] for text in missing] == ["vgg16-1", "lenet5-2"]


# Of the way with fused batch norm: what differs from a sound training, and whether it is right.
CHANGED = {
    "nothing": ({}, {}, True),
    "a figure by rounding": ({"weight_distance": 2.001}, {}, True),
    "a figure": ({"weight_distance": 2.2}, {}, False),
    "it diverged": ({"weight_distance": None}, {}, False),
    "fused batch norm was given up": ({}, {"batch_norm": "native"}, False),
    "graphs were given up": ({}, {"cuda_graphs": False}, False),
}


@pytest.mark.parametrize("changed", CHANGED)
def test_a_way_is_right_if_it_was_kept_and_gives_the_figures_of_the_plain_one(changed):
    figures, engine, right = CHANGED[changed]
    ways = {
        name: {"metrics": dict.fromkeys(FIGURES, 2.0), "engine": way | {"distances": {}}, "speed": 100.0}
        for name, way in WAYS.items()
    }
    last = ways["CUDA graphs, fused batch norm"]
    last["metrics"] |= figures
    last["engine"] |= engine
    assert [right for _, right, _ in compared("case", ways, "cuda", "tf32")] == [True, True, right]
