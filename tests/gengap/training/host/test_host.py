"""Trainings side by side in one process are what each is alone, and one's end, however it comes, is its own."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import gengap
from gengap.data.store import save
from gengap.run_lock import is_running
from gengap.training.host import server
from gengap.training.host.meeting import log_path
from gengap.training.host.messages import ERROR, received
from gengap.training.job import TrainingJob
from gengap.training.perform import train_alone

SCRIPT = Path(__file__).with_name("job_in_a_host.py")
RESULTS = ("weights", "metrics", "history")
PATIENCE_SECONDS = 120
LONG = 20000


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


class Job:
    """One job and the process that waits for its training."""

    def __init__(self, folder, run, data, meeting):
        self.folder, self.meeting = folder, meeting
        paths = {name: str(folder / f"{name}.out") for name in ("weights", "metrics", "history", "provenance")}
        self.job = TrainingJob(
            run=run, code="code", data=str(data), checksum=f"{data}.sha256", checkpoints=str(folder / "checkpoints"),
            started="2026-01-01T00:00:00+00:00", **paths,
        )  # fmt: skip

    def start(self, idle_seconds=1.0):
        self.folder.mkdir(exist_ok=True)
        arguments = [str(self.meeting), json.dumps(self.job.message()), str(idle_seconds)]
        environment = {**os.environ, "PYTHONPATH": str(Path(gengap.__file__).parents[1])}
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen([sys.executable, SCRIPT, *arguments], stderr=log, env=environment)
        return self

    @property
    def log(self):
        return (self.folder / "log").read_text()

    def end(self):
        """Exit status, once the process has ended."""
        return self.process.wait(PATIENCE_SECONDS)

    def wait_for_epoch(self, number):
        wait_until(lambda: f"epoch {number}/" in self.log or self.process.poll() is not None, self.log)
        assert self.process.poll() is None, self.log
        return self

    def results(self):
        return {name: Path(getattr(self.job, name)).read_bytes() for name in RESULTS}

    def results_alone(self):
        """Results of the same run in a process of its own."""
        folder = self.folder.with_name(f"{self.folder.name} alone")
        paths = {name: str(folder / f"{name}.out") for name in (*RESULTS, "provenance")}
        train_alone(replace(self.job, checkpoints=str(folder / "checkpoints"), **paths))
        return {name: Path(paths[name]).read_bytes() for name in RESULTS}

    def provenance(self):
        return json.loads(Path(self.job.provenance).read_text())


@pytest.fixture
def meeting():
    """A folder to meet in, with a name short enough for a socket; no host is left behind."""
    folder = Path(tempfile.mkdtemp(prefix="host"))
    yield folder
    wait_until(lambda: not list(folder.glob("*.sock")), "the host does not end")
    shutil.rmtree(folder)


@pytest.fixture
def make_job(tmp_path, meeting, make_run, make_dataset):
    """A function that makes a job of the given name."""
    data = tmp_path / "data.safetensors"
    save(make_dataset(train=90, test=30), data)
    return lambda name, **options: Job(tmp_path / name, make_run(**{"batch_size": 40} | options), data, meeting)


def host_process(meeting):
    (path,) = meeting.glob("*.sock")
    return int(re.search(r"Process (\d+) trains", log_path(path).read_text())[1])


def parent(process):
    return int(subprocess.run(["ps", "-o", "ppid=", "-p", str(process)], capture_output=True, check=True).stdout)


def test_two_at_once_are_what_each_is_alone(make_job):
    # Long enough for the second one to be started on a machine that is busy.
    first = make_job("first", epochs=300, augmentation="crop_flip").start().wait_for_epoch(1)
    second = make_job("second", epochs=20, seed=1, batch_size=32, normalization="none", learning_rate=0.01).start()
    assert (first.end(), second.end()) == (0, 0), first.log + second.log
    for job in (first, second):
        assert job.results() == job.results_alone()
        assert job.provenance()["side_by_side"] == 2
        assert job.provenance()["peak_memory_bytes"] is None
        assert not Path(job.job.checkpoints).exists()
    assert first.log.count(" INFO epoch ") == 300
    assert second.log.count(" INFO epoch ") == 20


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_two_at_once_on_a_gpu_are_what_each_is_alone(make_job):
    jobs = [make_job(f"job {seed}", epochs=30, seed=seed, augmentation="crop_flip") for seed in (0, 1)]
    for job in jobs:
        job.job.run["compute"] |= {"device": "cuda", "precision": "fp32", "deterministic": True}
    started = [job.start() for job in jobs]
    assert [job.end() for job in started] == [0, 0], "".join(job.log for job in jobs)
    try:
        for job in jobs:
            assert job.results() == job.results_alone()
            assert job.provenance()["device"] == "cuda"
    finally:
        torch.use_deterministic_algorithms(False)


def test_a_killed_job_ends_its_training_and_no_other(make_job, meeting):
    killed = make_job("killed", epochs=LONG).start().wait_for_epoch(1)
    # Its first job has started the host, but is not its parent.
    assert parent(host_process(meeting)) not in (killed.process.pid, host_process(meeting), os.getpid())
    other = make_job("other", epochs=40, seed=1).start().wait_for_epoch(1)
    assert is_running(killed.job.checkpoints)
    killed.process.kill()
    wait_until(lambda: not is_running(killed.job.checkpoints), "the training goes on")
    assert other.process.poll() is None
    assert not Path(killed.job.weights).exists()
    assert other.end() == 0
    assert other.results() == other.results_alone()


def test_sigterm_saves_and_the_same_job_goes_on(make_job):
    job = make_job("job", epochs=60).start().wait_for_epoch(3)
    job.process.send_signal(signal.SIGTERM)
    assert job.end() == 143
    assert "Stopped by SIGTERM in epoch" in job.log
    assert not Path(job.job.weights).exists()
    assert job.start().end() == 0
    assert "Resuming from a checkpoint" in job.log
    assert job.results() == job.results_alone()


def test_a_killed_host_is_told_and_the_same_job_starts_another(make_job, meeting):
    job = make_job("job", epochs=60).start().wait_for_epoch(3)
    os.kill(host_process(meeting), signal.SIGKILL)
    assert job.end() == 1
    assert "has ended unexpectedly; run the same command again" in job.log
    assert "Traceback" not in job.log
    assert job.start().end() == 0
    assert job.results() == job.results_alone()


def test_a_terminated_host_saves_all_its_trainings(make_job, meeting):
    jobs = [make_job(f"job {seed}", epochs=LONG, seed=seed).start().wait_for_epoch(1) for seed in range(2)]
    os.kill(host_process(meeting), signal.SIGTERM)
    assert [job.end() for job in jobs] == [143, 143]
    assert all((Path(job.job.checkpoints) / "checkpoint.safetensors").exists() for job in jobs)


def test_a_refused_run_is_told_in_its_sentence_and_harms_no_other(make_job):
    other = make_job("other", epochs=1500).start().wait_for_epoch(1)
    refused = make_job("refused", batch_size=4096).start()
    assert refused.end() == 1
    assert "ERROR A batch size of 4096 is larger than the training set" in refused.log
    assert "Traceback" not in refused.log
    assert other.end() == 0
    assert other.provenance()["side_by_side"] == 2


def test_after_an_unexpected_error_the_host_takes_no_more_jobs(make_job, meeting):
    other = make_job("other", epochs=LONG).start().wait_for_epoch(1)
    process = host_process(meeting)
    broken = make_job("broken", epochs=None).start()
    assert broken.end() == 1
    assert "The job failed with an unexpected error" in broken.log
    assert "TypeError" in broken.log
    wait_until(lambda: not list(meeting.glob("*.sock")), "the host is still known")
    later = make_job("later", epochs=LONG).start().wait_for_epoch(1)
    assert host_process(meeting) != process
    other.wait_for_epoch(2)
    for job in (other, later):
        job.process.terminate()
        assert job.end() == 143


def test_the_same_run_is_not_trained_twice(make_job):
    first = make_job("job", epochs=LONG).start().wait_for_epoch(1)
    second = make_job("job", epochs=LONG)
    second.folder = first.folder.with_name("second")
    second.start()
    assert second.end() == 1
    assert re.search(r"Another process \(\d+ on \S+\) is training this run", second.log)
    first.process.terminate()
    assert first.end() == 143


def test_a_job_hears_of_its_end_also_where_the_device_is_broken(tmp_path, monkeypatch):
    def broken():
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(server.torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(server.torch.cuda, "empty_cache", broken)
    monkeypatch.setattr(server.Host, "_outcome", lambda host, visitor, job: {"end": ERROR, "text": "as it was"})
    listener, (near, far) = socket.socket(), socket.socketpair()
    with listener, near, far:
        host = server.Host(listener, tmp_path / "host.sock", idle_seconds=0)
        far.settimeout(PATIENCE_SECONDS)
        host._train(server.Visitor(near), None)
        assert list(received(far)) == [{"end": ERROR, "text": "as it was"}]
        assert host._failed, "no further training is begun on that device"
