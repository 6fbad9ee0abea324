"""GPU slots, with real processes and simulated devices."""

import fcntl
import fnmatch
import os
import select
import shutil
import signal
import time
from types import SimpleNamespace

import pytest

from gengap.errors import UserError
from gengap.runtime import gpu_slot as module
from gengap.runtime.gpu_slot import gpu_slot

# Prints the device it got, then holds it until its standard input is closed.
HOLD = """
import sys
from gengap.runtime.gpu_slot import gpu_slot
with gpu_slot(directory=sys.argv[1]) as device:
    print(device, flush=True)
    sys.stdin.read()
"""

# Notes who is on the device while holding it, so that an overlap is seen by the one who comes later.
WORK = """
import os, sys, time
from pathlib import Path
from gengap.runtime.gpu_slot import gpu_slot
with gpu_slot(int(sys.argv[2]), directory=sys.argv[1]) as device:
    mine = Path(sys.argv[3], f"{device}.{os.getpid()}")
    mine.touch()
    time.sleep(0.3)
    print(device, len(list(Path(sys.argv[3]).glob(f"{device}.*"))), flush=True)
    mine.unlink()
"""


@pytest.fixture
def hold(tmp_path, start_python):
    """Start processes that hold a place; returns the process and its device as soon as it has one."""

    def holder(wait=True, **environment):
        process = start_python(HOLD, tmp_path, **environment)
        return process, process.stdout.readline().strip() if wait else None

    return holder


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
        ({"GENGAP_DEVICES": "0,1,2"}, "012"),
        ({"GENGAP_DEVICES": "0,1,2,3", "CUDA_VISIBLE_DEVICES": "2,3"}, "23"),
        ({"SLURM_JOB_ID": "77", "CUDA_VISIBLE_DEVICES": "0,1"}, "01"),
    ],
    ids=["of the machine", "made visible", "of a Slurm job"],
)
def test_jobs_take_different_devices_and_more_of_them_spread_evenly(hold, given, devices):
    taken = [hold(**given)[1] for _ in range(2 * len(devices))]
    assert sorted(taken[: len(devices)]) == sorted(taken[len(devices) :]) == list(devices)


def test_jobs_choose_one_after_another(hold, tmp_path):
    with open(tmp_path / "choosing.lock", "w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        process, _ = hold(wait=False, GENGAP_DEVICES="0")
        assert select.select([process.stdout], [], [], 2.0)[0] == []
    assert process.stdout.readline() == "0\n"


def test_a_free_device_is_preferred_to_the_first_one(hold):
    holders = [hold(GENGAP_DEVICES="0,1") for _ in range(3)]
    assert [device for _, device in holders] == ["0", "1", "0"]
    for process, _ in holders[:2]:
        process.communicate()
        assert process.returncode == 0
    assert hold(GENGAP_DEVICES="0,1")[1] == "1"


@pytest.mark.parametrize("slots", [1, 2])
def test_eight_jobs_never_exceed_the_places(tmp_path, slots, start_python):
    (tmp_path / "locks").mkdir()
    (tmp_path / "busy").mkdir()
    arguments = (tmp_path / "locks", slots, tmp_path / "busy")
    processes = [start_python(WORK, *arguments, GENGAP_DEVICES="0,1") for _ in range(8)]
    lines = [process.communicate()[0].split() for process in processes]
    assert {device for device, _ in lines} == {"0", "1"}
    assert max(int(together) for _, together in lines) <= slots


def test_one_device_is_shared_by_at_most_four_and_a_killed_job_frees_its_place(hold, tmp_path):
    holders = [hold(GENGAP_DEVICES="0") for _ in range(4)]
    assert [device for _, device in holders] == ["0"] * 4
    assert module._take_place(tmp_path, ["0"], 4) is None
    holders[2][0].send_signal(signal.SIGKILL)
    holders[2][0].wait()
    place = module._take_place(tmp_path, ["0"], 4)
    assert place is not None
    assert place[:2] == ("0", 3)
    os.close(place[2])


def test_a_waiting_job_starts_when_a_place_is_free(hold, monkeypatch, caplog, tmp_path):
    caplog.set_level("INFO")
    holders = [hold(GENGAP_DEVICES="0")[0] for _ in range(4)]

    def end_one(seconds):
        holders[0].communicate()
        assert seconds >= 0.5

    monkeypatch.setattr(module.time, "sleep", end_one)
    with gpu_slot(directory=tmp_path, devices=["0"]) as device:
        assert device == "0"
    assert [record.getMessage() for record in caplog.records] == [
        "Waiting for a GPU: each of 0 runs 4 job(s) (0 min so far)",
        "Using GPU 0, shared with 3 other job(s)",
    ]


def test_the_environment_is_set_inside_and_restored_after(tmp_path, monkeypatch):
    with gpu_slot(directory=tmp_path, devices=["0", "1"]) as device:
        assert os.environ["CUDA_VISIBLE_DEVICES"] == device == "0"
    assert "CUDA_VISIBLE_DEVICES" not in os.environ
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,7")
    with gpu_slot(directory=tmp_path) as device:
        assert os.environ["CUDA_VISIBLE_DEVICES"] == device == "5"
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "5,7"


def test_a_failure_inside_frees_the_place(tmp_path, monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5")
    with pytest.raises(ZeroDivisionError), gpu_slot(1, directory=tmp_path):
        1 / 0  # noqa: B018
    assert os.environ["CUDA_VISIBLE_DEVICES"] == "5"
    with gpu_slot(1, directory=tmp_path) as device:
        assert device == "5"


def test_devices_may_be_named_by_uuid(tmp_path, monkeypatch):
    names = ["GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", "MIG-GPU-8932f937/1/0"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", ",".join(names))
    assert module.visible_devices(["0"]) == names
    with gpu_slot(directory=tmp_path) as first, gpu_slot(directory=tmp_path) as second:
        # The inner one sees what the outer one set: its own device alone.
        assert first == second == names[0]


@pytest.mark.parametrize(("value", "devices"), [("", []), ("-1", []), ("NoDevFiles", []), ("1,-1,0", ["1"])])
def test_entries_that_cuda_ignores_are_ignored(monkeypatch, value, devices):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    assert module.visible_devices(["0", "1"]) == devices


@pytest.mark.parametrize(
    ("given", "devices", "taken"),
    [
        ({"SLURM_JOB_ID": "77", "CUDA_VISIBLE_DEVICES": "0"}, None, "0"),
        ({"SLURM_JOB_ID": "77", "GENGAP_DEVICES": "0,1"}, None, None),
        ({}, [], None),
    ],
    ids=["Slurm gave one device", "Slurm gave none", "there is none"],
)
def test_where_there_is_nothing_to_choose_any_number_of_jobs_runs_without_a_lock(
    tmp_path, monkeypatch, given, devices, taken
):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "locks"
    with (
        gpu_slot(1, directory=folder, devices=devices) as first,
        gpu_slot(1, directory=folder, devices=devices) as second,
    ):
        assert (first, second, os.environ.get("CUDA_VISIBLE_DEVICES")) == (taken,) * 3
    assert not folder.exists()


def test_locks_of_slurm_jobs_are_apart(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for job, expected in (("77", f"gengap-gpu-{os.getuid()}-slurm77"), (None, f"gengap-gpu-{os.getuid()}")):
        assert module._default_folder(job) == tmp_path / expected


def test_devices_are_counted_from_their_nodes(monkeypatch):
    monkeypatch.setattr(module.glob, "glob", files("/dev/nvidia3", "/dev/nvidia5"))
    assert module.machine_devices() == ["0", "1"]


def files(*paths):
    """A `glob` that knows these files."""
    return lambda pattern: [path for path in paths if fnmatch.fnmatch(path, pattern)]


WHOLE = "GPU {0}: NVIDIA H200 (UUID: GPU-{0}b)\n"
PART = "  MIG 1g.18gb     Device  {0}: (UUID: MIG-{0}c)\n"
NODES = ("/dev/nvidia0", "/dev/nvidia1")
INSTANCE = "/proc/driver/nvidia/capabilities/gpu0/mig/gi7"


@pytest.mark.parametrize(
    ("there", "listing", "devices"),
    [
        ((), WHOLE.format(0) + WHOLE.format(1), ["0", "1"]),
        ((), "", []),
        ((*NODES, INSTANCE), WHOLE.format(0) + PART.format(0) + PART.format(1), ["MIG-0c", "MIG-1c"]),
        ((*NODES, INSTANCE), WHOLE.format(0) + PART.format(0) + WHOLE.format(1), ["GPU-1b", "MIG-0c"]),
        ((), WHOLE.format(0) + PART.format(0), ["MIG-0c"]),
        ((*NODES, INSTANCE), "", ["0", "1"]),
    ],
    ids=["no nodes", "no nodes, none listed", "parts", "parts and a whole", "parts, no nodes", "no tool"],
)
def test_devices_are_listed_by_nvidia_smi_where_nodes_do_not_tell(there, listing, devices, monkeypatch, tmp_path):
    monkeypatch.setattr(module.glob, "glob", files(*there))
    (tmp_path / "listing").write_text(listing)
    tool = tmp_path / "nvidia-smi"
    tool.write_text(
        f"#!/bin/sh\nexec {shutil.which('cat')} {tmp_path / 'listing'}\n" if listing else "#!/bin/sh\nexit 9\n"
    )
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert module.machine_devices() == devices
    tool.unlink()
    assert module.machine_devices() == [str(index) for index in range(len(NODES) if there else 0)]


def test_lock_folder_is_closed_to_others(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with gpu_slot(devices=["0"]):
        folder = tmp_path / f"gengap-gpu-{os.getuid()}"
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("link", "is not a folder of yours"),
        ("file/locks", r"Cannot use .*file/locks for the locks of the GPUs \(Not a directory\); set TMPDIR"),
    ],
)
def test_a_lock_folder_that_is_a_link_or_cannot_be_made_is_refused(tmp_path, place, told):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=told), gpu_slot(directory=tmp_path / place, devices=["0"]):
        pass
    assert list((tmp_path / "elsewhere").iterdir()) == []
