"""One finished tiny run, shared by the tests of the workflow; each test works on a copy."""

import fcntl
import os

import pytest
from workflow_harness import Project


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A project whose tiny workflow has run to its end, once for all processes that run tests."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    project = Project(shared / "finished")
    with (shared / "finished.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not project.folder.exists():
            project = Project.checkout(project.folder)
            project.run()
    return project


@pytest.fixture
def project(finished, tmp_path):
    """A copy of the finished project at another place, to edit."""
    return finished.moved(tmp_path / "moved")


@pytest.fixture
def checkout(tmp_path):
    """A project in which nothing has run."""
    return Project.checkout(tmp_path / "project")
