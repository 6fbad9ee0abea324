"""A cluster for the tests of this folder: started once, stopped at the end, never shared by two test runs."""

import fcntl

import pytest
import slurm_cluster


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
