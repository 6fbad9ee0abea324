"""A copy of the project in a folder of its own, in which a test runs Snakemake, edits, and asks what would rerun."""

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml

ROOT = Path(__file__).parents[2]
PARTS = ("Snakefile", "config.yaml", "demo.yaml", "profiles", "envs", "workflow", "studies")
TINY = "tests/workflow/tiny.yaml"
DIGITS = "{ source: digits, image_size: 28, channels: 1, label: digits }"

Job = tuple[str, tuple[str, ...]]


class Project:
    def __init__(self, folder: Path, config: str | None = TINY) -> None:
        self.folder = folder
        self.config = config
        self.python = sys.executable

    @classmethod
    def checkout(cls, folder: Path, config: str | None = TINY) -> "Project":
        """A fresh copy of what the repository holds, without results."""
        ignore = shutil.ignore_patterns("__pycache__")
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                shutil.copytree(source, folder / part, ignore=ignore)
            elif source.is_file():
                folder.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, folder / part)
        (folder / TINY).parent.mkdir(parents=True)
        shutil.copy2(ROOT / TINY, folder / TINY)
        return cls(folder, config)

    def moved(self, folder: Path) -> "Project":
        """A copy with all results, times kept."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Project(folder, self.config)

    def snakemake(self, *arguments: str, cores: int = 2, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run Snakemake in the copy and return what it printed and its exit status."""
        command = [self.python, "-m", "snakemake"]
        if self.config:
            command += ["--configfile", self.config]
        # A target right after `--configfile` would be taken for one more of its files.
        command += ["--cores", str(cores), "--nocolor"]
        environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": ""} | environment
        output = {"text": True, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.run([*command, *arguments], cwd=self.folder, env=environment, check=False, **output)

    def run(self, *arguments: str, **options) -> str:
        """Run the workflow; the test fails with Snakemake's output if it does."""
        done = self.snakemake(*arguments, **options)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def would_run(self, *arguments: str, **options) -> set[Job]:
        """Jobs of a dry run as (rule, values of the wildcards); targets without files are left out."""
        return jobs(self.run("--dry-run", *arguments, **options))

    def edit(self, path: str, old: str, new: str) -> None:
        """Replace one passage of a file."""
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{path} does not hold {old!r}"
        file.write_text(text.replace(old, new, 1), encoding="utf-8")

    def append(self, path: str, text: str) -> None:
        """Add to the end of a file."""
        with open(self.folder / path, "a", encoding="utf-8") as file:
            file.write(text)

    def configure(self, change: Callable[[dict], object]) -> None:
        """Change the tiny configuration as data."""
        path = self.folder / TINY
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        change(config)
        path.write_text(yaml.safe_dump(config), encoding="utf-8")


def own_images(path: Path, value: int = 0) -> None:
    """Save a data set of a user's own: twenty images of one grey for training, and as many for testing."""
    images, labels = np.full((20, 28, 28), value, np.uint8), np.arange(20) % 10
    np.savez(path, train_images=images, train_labels=labels, test_images=images, test_labels=labels)


def blocks(output: str) -> list[str]:
    """What a dry run says of each job."""
    return re.split(r"\n(?=(?:local)?rule \w+:)", output)[1:]


def jobs(output: str) -> set[Job]:
    """Jobs in the output of a dry run."""
    found = set()
    for block in blocks(output):
        rule = re.match(r"(?:local)?rule (\w+):", block)[1]
        wildcards = re.search(r"^    wildcards: (.*)$", block, re.MULTILINE)
        values = tuple(pair.split("=")[1] for pair in wildcards[1].split(", ")) if wildcards else ()
        found.add((rule, values))
    targets = ("all", "data", "runs", "spectra", "random_matrices", "minima", "audit", "tables", "figures")
    return found - {(target, ()) for target in targets}


def counted(found: set[Job]) -> dict[str, int]:
    return Counter(rule for rule, _ in found)


def files(output: str) -> set[str]:
    """Outputs of all jobs of a dry run."""
    lines = re.findall(r"^    output: (.*)$", output, re.MULTILINE)
    return {path for line in lines for path in line.split(", ")}
