"""A training that is killed at random moments ends with the same bytes as one that is left alone."""

import multiprocessing
import os
import random
import signal
import sys
import time

import pytest
from killable import train_to

from gengap.data.store import save

# More on request: GENGAP_KILLS=100 make test
KILLS = int(os.environ.get("GENGAP_KILLS", "8"))
RESULTS = ("weights.safetensors", "weights.safetensors.sha256", "metrics.json", "history.csv", "trajectory.csv")


@pytest.fixture(scope="module")
def processes():
    """Starts processes that have imported PyTorch already, so that a kill hits training and not an import."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["killable"])
    with pytest.MonkeyPatch.context() as patch:
        # Under Python 3.11 the server that imports for all does not take over sys.path.
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        yield context


@pytest.fixture
def start(processes, tmp_path, make_run, make_dataset):
    """A function that starts a training whose results go to a folder of the given name."""
    data = tmp_path / "data.safetensors"
    save(make_dataset(train=90, test=30), data)
    run = make_run(batch_size=40, epochs=6, seed=1, augmentation="crop_flip", switch_batch_size=20, switch_epoch=0.5)

    def started(name):
        process = processes.Process(target=train_to, args=(tmp_path / name, run, data))
        process.start()
        return process

    return started


def finished(process, folder):
    process.join()
    assert process.exitcode == 0, (folder / "log").read_text()
    return {name: (folder / name).read_bytes() for name in RESULTS}


def test_kills_at_random_moments_change_nothing(start, tmp_path):
    start("warm up").join()
    began = time.monotonic()
    expected = finished(start("undisturbed"), tmp_path / "undisturbed")
    seconds = time.monotonic() - began
    kills = attempts = 0
    while kills < KILLS:
        # A training that ends before its kill is followed by another.
        attempts += 1
        name = f"killed {attempts}"
        process = start(name)
        # A machine that has become slower would let a training that is killed without end never come further.
        for _ in range(3):
            began = time.monotonic()
            process.join(random.uniform(0.02, 0.7 * seconds))
            process.kill()
            process.join()
            if process.exitcode != -signal.SIGKILL:
                seconds = min(seconds, time.monotonic() - began)
                break
            kills += 1
            process = start(name)
        assert finished(process, tmp_path / name) == expected, (tmp_path / name / "log").read_text()
        assert not (tmp_path / name / "checkpoints").exists()
