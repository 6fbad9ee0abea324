"""GPU slots, with real processes and simulated devices."""

import fcntl
import fnmatch
import os
import signal
import time
from types import SimpleNamespace

import pytest

from gengap.errors import UserError
from gengap.runtime import gpu_slot as module
from gengap.runtime.gpu_slot import gpu_slot

# Notes who is on the device while holding it, so that an overlap is seen by the one who comes later.
WORK = """
import os, sys, time
from pathlib import Path
from gengap.runtime.gpu_slot import gpu_slot
with gpu_slot(int(sys.argv[2]), directory=sys.argv[1]) as device:
    mine = Path(sys.argv[3], f"{device}.{os.getpid()}")
    mine.touch()
    time.sleep(0.1)
    print(device, len(list(Path(sys.argv[3]).glob(f"{device}.*"))), flush=True)
    mine.unlink()
"""


@pytest.fixture
def hold_place(tmp_path, hold):
    """A function that starts a process which holds a place, and returns it with its device."""
    return lambda devices, **environment: hold(
        "gpu_slot(directory=sys.argv[1])", tmp_path, GENGAP_DEVICES=devices, **environment
    )


@pytest.fixture(autouse=True)
def no_scheduler_and_no_waiting(monkeypatch):
    """A test of this process that would wait for a place fails instead."""
    for name in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID", "GENGAP_DEVICES"):
        monkeypatch.delenv(name, raising=False)
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda seconds: pytest.fail("no place is free"))
    monkeypatch.setattr(module, "time", clock)


@pytest.mark.parametrize(
    ("given", "devices"),
    [
        ({}, "0123"),
        ({"CUDA_VISIBLE_DEVICES": "2,3"}, "23"),
        ({"SLURM_JOB_ID": "77", "CUDA_VISIBLE_DEVICES": "0,1"}, "01"),
    ],
    ids=["of the machine", "made visible", "of a Slurm job"],
)
def test_jobs_take_different_devices_and_more_of_them_spread_evenly(hold_place, given, devices):
    holders = [hold_place("0,1,2,3", **given) for _ in range(2 * len(devices))]
    taken = [device for _, device in holders]
    assert sorted(taken[: len(devices)]) == sorted(taken[len(devices) :]) == list(devices)
    holders[-1][0].communicate()
    assert hold_place("0,1,2,3", **given)[1] == taken[-1], "the least used one, not the first"


@pytest.mark.parametrize("slots", [1, 2])
def test_six_jobs_never_exceed_the_places(tmp_path, slots, start_python):
    (tmp_path / "locks").mkdir()
    (tmp_path / "busy").mkdir()
    arguments = (tmp_path / "locks", slots, tmp_path / "busy")
    processes = [start_python(WORK, *arguments, GENGAP_DEVICES="0,1") for _ in range(6)]
    lines = [process.communicate()[0].split() for process in processes]
    assert {device for device, _ in lines} == {"0", "1"}
    assert max(int(together) for _, together in lines) <= slots


def test_one_process_chooses_at_a_time(tmp_path, monkeypatch):
    tried = []

    def flock(descriptor, operation):
        if operation & fcntl.LOCK_NB:
            with open(tmp_path / "choosing.lock") as guard, pytest.raises(BlockingIOError):
                fcntl.flock(guard, operation)
            tried.append(descriptor)
        fcntl.flock(descriptor, operation)

    names = {name: getattr(fcntl, name) for name in ("LOCK_EX", "LOCK_NB")}
    monkeypatch.setattr(module, "fcntl", SimpleNamespace(flock=flock, **names))
    with gpu_slot(2, directory=tmp_path, devices=["0", "1"]), open(tmp_path / "choosing.lock") as guard:
        assert len(tried) == 4
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_one_device_is_shared_by_at_most_four_and_a_killed_job_frees_its_place(
    hold_place, monkeypatch, caplog, tmp_path
):
    caplog.set_level("INFO")
    holders = [hold_place("0") for _ in range(4)]
    assert [device for _, device in holders] == ["0"] * 4
    waits = []

    def kill_one(seconds):
        waits.append(seconds)
        holders[2][0].send_signal(signal.SIGKILL)
        holders[2][0].wait()

    monkeypatch.setattr(module.time, "sleep", kill_one)
    with gpu_slot(directory=tmp_path, devices=["0"]) as device:
        assert (device, len(waits)) == ("0", 1)
    assert waits[0] >= 0.5
    assert [record.getMessage().split()[0] for record in caplog.records] == ["Waiting", "Using"]


def test_the_environment_is_set_inside_and_restored_after_and_a_failure_frees_the_place(tmp_path, monkeypatch):
    with gpu_slot(directory=tmp_path, devices=["0", "1"]) as device:
        assert os.environ["CUDA_VISIBLE_DEVICES"] == device == "0"
    assert "CUDA_VISIBLE_DEVICES" not in os.environ
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,7")
    with pytest.raises(ZeroDivisionError), gpu_slot(1, directory=tmp_path) as device:
        assert os.environ["CUDA_VISIBLE_DEVICES"] == device == "5"
        1 / 0  # noqa: B018
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "5,7"
    with gpu_slot(1, directory=tmp_path) as device:
        assert device == "5"


UUIDS = ["GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", "MIG-GPU-8932f937/1/0"]


@pytest.mark.parametrize(
    ("value", "devices"),
    [("", []), ("-1", []), ("NoDevFiles", []), ("1,-1,0", ["1"]), (" 1, 1", ["1"]), (",".join(UUIDS), UUIDS)],
)
def test_entries_are_indices_and_uuids_up_to_the_first_that_cuda_ignores(monkeypatch, value, devices, tmp_path):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    assert module.visible_devices(["0", "1"]) == devices
    with gpu_slot(directory=tmp_path) as first, gpu_slot(directory=tmp_path) as second:
        # The inner one sees what the outer one set: its own device alone.
        assert first == second == (devices or [None])[0]


@pytest.mark.parametrize(
    ("given", "devices", "taken"),
    [
        ({"SLURM_JOB_ID": "77", "CUDA_VISIBLE_DEVICES": "0"}, None, "0"),
        ({"SLURM_JOB_ID": "77", "GENGAP_DEVICES": "0,1"}, None, None),
        ({}, [], None),
    ],
    ids=["Slurm gave one device", "Slurm gave none", "there is none"],
)
def test_where_nothing_is_to_be_chosen_there_is_no_lock(tmp_path, monkeypatch, given, devices, taken):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    slot = {"slots_per_device": 1, "directory": tmp_path / "locks", "devices": devices}
    with gpu_slot(**slot) as first, gpu_slot(**slot) as second:
        assert (first, second, os.environ.get("CUDA_VISIBLE_DEVICES")) == (taken,) * 3
    assert not (tmp_path / "locks").exists()


WHOLE = "GPU {0}: NVIDIA H200 (UUID: GPU-{0}b)\n"
PART = "  MIG 1g.18gb     Device  {0}: (UUID: MIG-{0}c)\n"
INSTANCE = "/proc/driver/nvidia/capabilities/gpu0/mig/gi7"


@pytest.mark.parametrize(
    ("there", "listing", "devices"),
    [
        (("/dev/nvidia3", "/dev/nvidia5"), None, ["0", "1"]),
        ((), WHOLE.format(0) + WHOLE.format(1), ["0", "1"]),
        ((), None, []),
        ((), WHOLE.format(0) + PART.format(0), ["MIG-0c"]),
        (("/dev/nvidia0", INSTANCE), WHOLE.format(0) + PART.format(0) + WHOLE.format(1), ["GPU-1b", "MIG-0c"]),
        (("/dev/nvidia0", INSTANCE), None, ["0"]),
    ],
    ids=["nodes", "no nodes", "none", "parts, no nodes", "parts and a whole", "no tool"],
)
def test_devices_are_counted_by_their_nodes_or_listed_by_nvidia_smi(there, listing, devices, monkeypatch, tmp_path):
    monkeypatch.setattr(module.glob, "glob", lambda pattern: [path for path in there if fnmatch.fnmatch(path, pattern)])
    tool = tmp_path / "nvidia-smi"
    if listing is not None:
        tool.write_text(f"#!/bin/sh\nprintf '%s' '{listing}'\n")
        tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert module.machine_devices() == devices


def test_the_lock_folder_is_closed_to_others_and_that_of_a_slurm_job_is_its_own(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with gpu_slot(devices=["0", "1"]):
        (folder,) = tmp_path.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
        monkeypatch.setenv("SLURM_JOB_ID", "77")
        with gpu_slot(devices=["0", "1"]):
            assert len(list(tmp_path.iterdir())) == 1, "one device is visible, which Slurm has chosen"
    with gpu_slot(devices=["0", "1"]):
        assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize("place", ["link", "file/locks", "linked"])
def test_a_lock_folder_that_is_a_link_or_has_one_or_cannot_be_made_is_refused(tmp_path, place):
    for name in ("elsewhere", "linked"):
        (tmp_path / name).mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "linked/choosing.lock").symlink_to(tmp_path / "elsewhere/lock")
    (tmp_path / "file").touch()
    with (
        pytest.raises(UserError, match=f"{tmp_path / place}.*TMPDIR"),
        gpu_slot(directory=tmp_path / place, devices=["0"]),
    ):
        pass
    assert list((tmp_path / "elsewhere").iterdir()) == []
