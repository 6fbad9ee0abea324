"""One finished tiny run, shared by the tests of the workflow; each test works on a copy."""

import importlib.util
import sys
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location("workflow_harness", Path(__file__).with_name("harness.py"))
harness = importlib.util.module_from_spec(spec)
sys.modules["workflow_harness"] = harness
spec.loader.exec_module(harness)


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
