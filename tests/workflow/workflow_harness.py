"""A copy of the project in a folder of its own, in which a test runs Snakemake, edits, and asks what would rerun."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import yaml
from places import ROOT

TINY = "tests/workflow/tiny.yaml"
PARTS = ("Snakefile", "config.yaml", "demo.yaml", "profiles", "envs", "workflow", "studies", TINY)
DIGITS = "{ source: digits, image_size: 28, channels: 1, label: digits }"

Job = tuple[str, tuple[str, ...]]


class Project:
    def __init__(self, folder: Path, configs: tuple[str, ...] = (TINY,)) -> None:
        self.folder = folder
        self.configs = configs
        self.python = sys.executable

    @classmethod
    def checkout(cls, folder: Path) -> "Project":
        """A fresh copy of what the repository holds, without results."""
        for part in PARTS:
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(ROOT / part, folder / part)
        return cls(folder)

    def moved(self, folder: Path) -> "Project":
        """A copy with all results, times kept."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Project(folder, self.configs)

    def start(self, *arguments: str, cores: int = 2, **environment: str) -> subprocess.Popen[str]:
        """Start Snakemake in the copy, as the first process of a session."""
        command = [self.python, "-m", "snakemake"]
        if self.configs:
            command += ["--configfile", *self.configs]
        # A target right after `--configfile` would be taken for one more of its files.
        command += ["--cores", str(cores), "--nocolor", *arguments]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": ""} | environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # A shell lets what it starts in the background ignore Control-C, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def snakemake(self, *arguments: str, **options) -> subprocess.CompletedProcess[str]:
        """Run Snakemake in the copy and return what it printed and its exit status."""
        process = self.start(*arguments, **options)
        try:
            output, _ = process.communicate(timeout=3600)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
        return subprocess.CompletedProcess(process.args, process.returncode, output)

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

    def merge(self, configuration: dict) -> None:
        """Give Snakemake a further configuration, to be merged into those before."""
        (self.folder / "merged.yaml").write_text(yaml.safe_dump(configuration), encoding="utf-8")
        self.configs += ("merged.yaml",)

    def configure(self, change: Callable[[dict], object]) -> None:
        """Change the tiny configuration as data."""
        path = self.folder / TINY
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        change(config)
        path.write_text(yaml.safe_dump(config), encoding="utf-8")


def wait_for(condition: Callable[[], object], process: subprocess.Popen | None = None, seconds: float = 600) -> None:
    """Wait for something, while a process goes on if one is given."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert process is None or process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, f"waited {seconds} s in vain"
        time.sleep(0.05)


def own_images(path: Path, value: int = 0) -> None:
    """Save a data set of a user's own: twenty images of one grey for training, and as many for testing."""
    images, labels = np.full((20, 28, 28), value, np.uint8), np.arange(20) % 10
    np.savez(path, train_images=images, train_labels=labels, test_images=images, test_labels=labels)


def blocks(output: str) -> list[str]:
    """What a dry run says of each job."""
    return re.split(r"\n(?=(?:local)?rule \w+:)", output)[1:]


def jobs(output: str) -> set[Job]:
    """Jobs with files in the output of a dry run."""
    found = set()
    for block in blocks(output):
        if "\n    output: " not in block:
            continue
        rule = re.match(r"(?:local)?rule (\w+):", block)[1]
        wildcards = re.search(r"^    wildcards: (.*)$", block, re.MULTILINE)
        values = tuple(pair.split("=")[1] for pair in wildcards[1].split(", ")) if wildcards else ()
        found.add((rule, values))
    return found


def counted(found: set[Job]) -> dict[str, int]:
    return Counter(rule for rule, _ in found)


def files(output: str) -> set[str]:
    """Outputs of all jobs of a dry run."""
    lines = re.findall(r"^    output: (.*)$", output, re.MULTILINE)
    return {path for line in lines for path in line.split(", ")}
