"""The linters of `make lint` are clean, and the repository holds nothing that the workflow makes."""

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PYTHON_FOLDERS = ["workflow", "tests", "benchmarks"]


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", *PYTHON_FOLDERS],
        ["ruff", "format", "--check", *PYTHON_FOLDERS],
        ["snakefmt", "--check", "Snakefile", "workflow/rules"],
        ["snakemake", "--lint"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_linters_are_clean(command):
    done = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_fit():
    """What mypy sees depends on the libraries' own types, so only those of `requirements.txt` count."""
    pinned = re.search(r"^torch==(\S+)", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.MULTILINE)[1]
    if version("torch").partition("+")[0] != pinned:
        pytest.skip(f"needs PyTorch {pinned}, as in requirements.txt")
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def tracked():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return done.stdout.splitlines()


def test_nothing_that_the_workflow_makes_is_tracked():
    made = [path for path in tracked() if path.startswith(("results/", "resources/"))]
    assert sorted(made) == ["resources/README.md", "results/README.md"]


def test_no_module_is_longer_than_it_can_be_read():
    long = {
        path: count
        for path in tracked()
        if path.endswith((".py", ".smk"))
        and path.startswith("workflow/")
        and (count := len((ROOT / path).read_text(encoding="utf-8").splitlines())) > 300
    }
    assert long == {}
