"""pyproject.toml (ranges), requirements.txt (pins) and envs/gengap.yaml (conda) agree."""

import importlib.metadata
import re

import environments
import pytest
import yaml
from packaging.markers import Marker

PINNED = environments.pins(environments.PINS.read_text())
LINES = [line for line in environments.PINS.read_text().splitlines() if not line.startswith("#")]


@pytest.mark.parametrize("requirement", environments.requirements(), ids=str)
def test_the_pin_and_what_is_installed_lie_in_the_range(requirement):
    assert all(requirement.specifier.contains(version) for version in PINNED[requirement.name])
    assert requirement.specifier.contains(importlib.metadata.version(requirement.name), prereleases=True)


def test_the_conda_environment_follows_the_pins():
    assert environments.CONDA.read_text() == environments.conda_environment(PINNED), "stale: run `make pins`"
    listed = yaml.safe_load(environments.CONDA.read_text())["dependencies"]
    assert {"pytorch", "tensorly"} <= {entry.split()[0] for entry in listed}


def test_every_line_is_a_pin_and_none_names_a_host():
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!]+( ; .+)?", line) for line in LINES)


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize(("platform", "machine"), [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64")])
def test_the_pins_name_one_version_of_each_package_on_every_platform(version, platform, machine):
    environment = {"python_version": version, "python_full_version": f"{version}.5"}
    environment |= {"sys_platform": platform, "platform_machine": machine}
    chosen: dict[str, str] = {}
    for line in LINES:
        pin, _, marker = line.partition(" ; ")
        if not marker or Marker(marker).evaluate(environment):
            name, pinned = pin.split("==")
            assert name not in chosen, f"{name} is pinned twice"
            chosen[name] = pinned
    assert {requirement.name for requirement in environments.requirements()} <= set(chosen)
    assert ("triton" in chosen) == (platform == "linux")
