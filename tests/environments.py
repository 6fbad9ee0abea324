"""Keep requirements.txt and envs/gengap.yaml in step with pyproject.toml: `python tests/environments.py` writes both."""

import re
import subprocess
import tomllib

from packaging.requirements import Requirement
from places import ROOT

PINS, CONDA = ROOT / "requirements.txt", ROOT / "envs" / "gengap.yaml"
# Names that differ between the Python package index and conda-forge.
CONDA_NAMES = {"torch": "pytorch"}

_HEAD = """# Exact versions of everything that the workflow and its tests use, on Linux (with or without a GPU) and macOS, Python 3.11
# to 3.13. Made from pyproject.toml by `make pins`; a test fails when the two disagree.
"""
_CONDA_HEAD = """# For `snakemake --sdm conda`. Made from requirements.txt by `make pins`; a test fails when the two disagree.
channels: [conda-forge, bioconda]
dependencies:
  - python >=3.11,<3.14
"""


def requirements() -> list[Requirement]:
    """Requirements of pyproject.toml that a run of the workflow needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [Requirement(text) for text in project["dependencies"] + project["optional-dependencies"]["workflow"]]


def pins(text: str) -> dict[str, list[str]]:
    """Pinned versions by package; several where they depend on the Python version."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if match := re.match(r"([A-Za-z0-9._-]+)==([^ ;]+)", line):
            found.setdefault(match[1].lower(), []).append(match[2])
    return found


def conda_environment(pinned: dict[str, list[str]]) -> str:
    """The conda definition: the direct dependencies at the pinned versions (the oldest where there are several)."""
    lines = [
        f"  - {CONDA_NAMES.get(name, name)} {'|'.join(f'={version}' for version in pinned[name])}"
        for name in sorted(requirement.name for requirement in requirements())
    ]
    return _CONDA_HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    command = "uv pip compile --universal --python-version 3.11 --no-emit-index-url --no-annotate --no-header"
    command += " --all-extras --quiet pyproject.toml"
    compiled = subprocess.run(command.split(), cwd=ROOT, check=True, capture_output=True, text=True).stdout
    PINS.write_text(_HEAD + compiled)
    CONDA.write_text(conda_environment(pins(compiled)))
