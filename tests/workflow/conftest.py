"""One finished tiny run, shared by the tests of the workflow; each test works on a copy."""

import importlib.util
import sys
from pathlib import Path

import pytest


def load(name):
    """A module beside this file as `workflow_<name>`, for the tests to import."""
    spec = importlib.util.spec_from_file_location(f"workflow_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


harness = load("harness")
load("changes")


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A project whose tiny workflow has run to its end."""
    project = harness.Project.checkout(tmp_path_factory.mktemp("finished") / "project")
    project.run()
    return project


@pytest.fixture
def project(finished, tmp_path):
    """A copy of the finished project at another place, to edit."""
    return finished.moved(tmp_path / "moved")


@pytest.fixture
def checkout(tmp_path):
    """A project in which nothing has run."""
    return harness.Project.checkout(tmp_path / "project")
