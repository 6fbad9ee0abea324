"""The record of a result says what made it, and not on whose machine."""

import json
import platform
import shutil
import socket
import subprocess
from datetime import datetime, timedelta, timezone

import numpy
import pytest
import torch

from gengap.runtime import provenance as module
from gengap.runtime.provenance import git_state, provenance

COMPUTE = {"device": "auto", "precision": "tf32", "deterministic": False, "threads": 1}
RUN = {"experiment": "lenet5_mnist", "seed": 3, "options": {"epochs": 2}, "compute": COMPUTE}
ENGINE = {"cuda_graphs": False, "batch_norm": "native", "distances": {"cuda_graphs": 1.5}}
STARTED = datetime(2026, 11, 20, 21, 30, tzinfo=timezone(timedelta(hours=2)))


def test_it_names_parameters_code_engine_versions_time_and_memory_but_no_machine():
    record = provenance(RUN, "01234567", torch.device("cpu"), STARTED, 12.34567, 2345.678, 2, engine=ENGINE)
    assert record["run"] == RUN
    versions = {"python": platform.python_version(), "torch": torch.__version__, "numpy": numpy.__version__}
    assert record["versions"] == versions | {"cuda": None, "cudnn": None}
    # This process has imported PyTorch: more than 50 MB, less than the machine.
    assert 50e6 < record["peak_memory_bytes"] < 1e12
    expected = {"seed": 3, "code_hash": "01234567", "started": "2026-11-20T19:30:00+00:00", "seconds": 12.346}
    expected |= {"images_per_second": 2345.7, "resumes": 2, "peak_gpu_memory_bytes": None, "driver": None}
    expected |= {"device": "cpu", "precision": "fp32", "a_seed_fixes": "every bit"} | ENGINE
    assert {name: record[name] for name in expected} == expected
    text = json.dumps(record, allow_nan=False)
    assert json.loads(text) == record
    assert socket.gethostname() not in text


@pytest.mark.parametrize(("deterministic", "fixed"), [(False, "the law"), (True, "every bit")])
def test_on_a_gpu_a_seed_fixes_every_bit_only_where_asked_to(deterministic, fixed, monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA H200")
    monkeypatch.setattr(torch.cuda, "max_memory_allocated", lambda device: 4096)
    run = RUN | {"compute": COMPUTE | {"deterministic": deterministic}}
    record = provenance(run, "", torch.device("cuda"), STARTED, 1.0, engine=ENGINE)
    assert (record["a_seed_fixes"], record["device_name"], record["precision"]) == (fixed, "NVIDIA H200", "tf32")
    assert (record["peak_gpu_memory_bytes"], record["images_per_second"]) == (4096, None)
    assert record["versions"]["cuda"] == torch.version.cuda


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("NVRM version: NVIDIA UNIX x86_64 Kernel Module  570.124.06  Wed Feb 26 01:58:00 UTC 2025", "570.124.06"),
        ("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.82  Release Build  (root@host)", "580.82"),
        ("something else", None),
    ],
)
def test_the_driver_is_named_by_its_version_if_there_is_one(line, version, tmp_path):
    assert module._nvidia_driver(tmp_path / "version") is None
    (tmp_path / "version").write_text(f"{line}\nGCC version:  gcc version 12.3.0\n")
    assert module._nvidia_driver(tmp_path / "version") == version


def git(folder, *arguments):
    command = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@example.org", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@pytest.mark.parametrize(
    ("name", "dirty"),
    [("package/provenance.py", True), ("package/another.py", True), ("config.yaml", True), ("wide.yaml", False)],
)
def test_the_commit_and_whether_other_code_than_the_commits_may_have_run(tmp_path, name, dirty):
    git(tmp_path, "init", "--quiet")
    (tmp_path / "package").mkdir()
    for tracked in ("package/provenance.py", "config.yaml", ".gitignore"):
        (tmp_path / tracked).write_text("*.pyc")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert git_state(tmp_path / "package") == (commit, False)
    (tmp_path / name).write_text("two")
    assert git_state(tmp_path / "package") == (commit, dirty)
    (tmp_path / "site-packages").mkdir()
    (tmp_path / "site-packages" / "provenance.py").write_text("installed, and not tracked")
    assert git_state(tmp_path / "site-packages") == (None, None)


def test_outside_a_repository_and_without_git_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_state(tmp_path) == (None, None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_state() == (None, None)
