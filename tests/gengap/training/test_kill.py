"""A training that is killed at random moments ends with the same bytes as one that is left alone."""

import multiprocessing
import os
import random
import runpy
import signal
import time
from pathlib import Path

import pytest

import gengap
from gengap.data.store import save

# More on request: GENGAP_KILLS=100 make test
KILLS = int(os.environ.get("GENGAP_KILLS", "8"))
RESULTS = ("weights.safetensors", "weights.safetensors.sha256", "metrics.json", "history.csv", "trajectory.csv")


@pytest.fixture(scope="module")
def processes():
    """Starts processes that have imported PyTorch already, so that a kill hits training and not an import."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["gengap.data.store", "gengap.training.run"])
    with pytest.MonkeyPatch.context() as patch:
        # Under Python 3.11 the server that imports for all does not take over sys.path.
        patch.setenv("PYTHONPATH", str(Path(gengap.__file__).parents[1]))
        yield context


@pytest.fixture
def start(processes, tmp_path, make_run, make_dataset):
    """A function that starts a training whose results go to a folder of the given name."""
    save(make_dataset(train=90, test=30), tmp_path / "data.safetensors")
    run = make_run(batch_size=40, epochs=6, seed=1, augmentation="crop_flip", switch_batch_size=20, switch_epoch=0.5)

    def started(name):
        setting = {
            "run": run,
            "data": str(tmp_path / "data.safetensors"),
            "folder": str(tmp_path / name),
            "checkpoints": str(tmp_path / name / "checkpoints"),
        }
        script = str(Path(__file__).with_name("killable.py"))
        process = processes.Process(target=runpy.run_path, args=(script, {"setting": setting}))
        process.start()
        return process

    return started


def contents(folder):
    return {name: (folder / name).read_bytes() for name in RESULTS}


@pytest.fixture
def undisturbed(start, tmp_path):
    """Results of a training that nobody disturbs, and the seconds that it takes."""
    start("warm up").join()
    began = time.monotonic()
    finish(start("undisturbed"))
    return contents(tmp_path / "undisturbed"), time.monotonic() - began


def finish(process):
    process.join()
    assert process.exitcode == 0


def test_kills_at_random_moments_change_nothing(start, undisturbed, tmp_path):
    expected, seconds = undisturbed
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
        finish(process)
        assert contents(tmp_path / name) == expected, (tmp_path / name / "log").read_text()
        assert not (tmp_path / name / "checkpoints").exists()


def test_sigterm_saves_stops_and_is_resumed(start, undisturbed, tmp_path):
    process, folder = start("terminated"), tmp_path / "terminated"
    log = folder / "log"
    while process.is_alive() and not (log.exists() and "epoch 2/" in log.read_text()):
        time.sleep(0.002)
    os.kill(process.pid, signal.SIGTERM)
    process.join()
    assert process.exitcode == 143
    assert "Stopped by SIGTERM in epoch" in log.read_text()
    assert not (folder / "weights.safetensors").exists()
    finish(start("terminated"))
    assert "Resuming from a checkpoint" in log.read_text()
    assert contents(folder) == undisturbed[0]
