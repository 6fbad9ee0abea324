"""A cluster for the tests of this folder: started once, stopped at the end, never shared by two test runs."""

import fcntl
import importlib.util
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]


def load(name, path):
    """A helper module of the tests, which are no package."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


slurm_cluster = load("slurm_cluster", TESTS / "slurm" / "cluster.py")
load("workflow_harness", TESTS / "workflow" / "harness.py")


@pytest.fixture(scope="session")
def cluster():
    """A Slurm that takes jobs; one that was started by hand is used and left running."""
    reason = slurm_cluster.why_not()
    if reason is not None:
        pytest.skip(reason)
    with open("/run/lock/gengap-test-slurm", "w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if slurm_cluster.is_up():
            yield slurm_cluster
            return
        slurm_cluster.start()
        try:
            yield slurm_cluster
        finally:
            slurm_cluster.stop()
