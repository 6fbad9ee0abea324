"""The repository holds nothing that the workflow makes, and no module that is too long to be read."""

import subprocess

import pytest
from places import ROOT


def tracked():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return done.stdout.splitlines()


def test_nothing_that_the_workflow_makes_is_tracked():
    made = [path for path in tracked() if path.startswith(("results/", "resources/"))]
    assert sorted(made) == ["resources/README.md", "results/README.md"]


def test_no_module_is_longer_than_it_can_be_read():
    modules = [path for path in tracked() if path.startswith("workflow/") and path.endswith((".py", ".smk"))]
    long = [path for path in modules if len((ROOT / path).read_text(encoding="utf-8").splitlines()) > 300]
    assert long == []
