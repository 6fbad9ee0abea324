"""GPU slots, with real processes and simulated devices."""

import fcntl
import fnmatch
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from gengap import gpu_slot as module
from gengap.errors import UserError
from gengap.gpu_slot import gpu_slot

ROOT = Path(__file__).parents[2]

# Prints the device it got, then holds it until its standard input is closed.
HOLD = """
import sys
from gengap.gpu_slot import gpu_slot
with gpu_slot(directory=sys.argv[1]) as device:
    print(device, flush=True)
    sys.stdin.read()
"""

# Notes who is on the device while holding it, so that an overlap is seen by the one who comes later.
WORK = """
import os, sys, time
from pathlib import Path
from gengap.gpu_slot import gpu_slot
with gpu_slot(int(sys.argv[2]), directory=sys.argv[1]) as device:
    mine = Path(sys.argv[3], f"{device}.{os.getpid()}")
    mine.touch()
    time.sleep(0.3)
    print(device, len(list(Path(sys.argv[3]).glob(f"{device}.*"))), flush=True)
    mine.unlink()
"""


def start(code, *arguments, **environment):
    clean = {k: v for k, v in os.environ.items() if k not in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID")}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**clean, "PYTHONPATH": str(ROOT / "workflow"), **environment},
    )


@pytest.fixture
def hold(tmp_path):
    """Start processes that hold a place; returns the process and its device as soon as it has one."""
    started = []

    def holder(wait=True, **environment):
        process = start(HOLD, tmp_path, **environment)
        started.append(process)
        return process, process.stdout.readline().strip() if wait else None

    yield holder
    for process in started:
        process.kill()
        process.communicate()


@pytest.fixture(autouse=True)
def no_scheduler(monkeypatch):
    for name in ("CUDA_VISIBLE_DEVICES", "SLURM_JOB_ID", "GENGAP_DEVICES"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """A test of this process that would wait for a place fails instead."""
    clock = SimpleNamespace(monotonic=time.monotonic, sleep=lambda seconds: pytest.fail("no place is free"))
    monkeypatch.setattr(module, "time", clock)


def test_four_jobs_take_four_devices(hold):
    taken = [hold(GENGAP_DEVICES="0,1,2,3")[1] for _ in range(4)]
    assert sorted(taken) == ["0", "1", "2", "3"]


def test_jobs_that_start_at_once_take_different_devices(hold):
    processes = [hold(wait=False, GENGAP_DEVICES="0,1,2,3")[0] for _ in range(4)]
    assert sorted(process.stdout.readline().strip() for process in processes) == ["0", "1", "2", "3"]


def test_jobs_choose_one_after_another(hold, tmp_path):
    with open(tmp_path / "choosing.lock", "w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        process, _ = hold(wait=False, GENGAP_DEVICES="0")
        assert select.select([process.stdout], [], [], 2.0)[0] == []
    assert process.stdout.readline() == "0\n"


def test_more_jobs_than_devices_spread_evenly(hold):
    taken = [hold(GENGAP_DEVICES="0,1,2,3")[1] for _ in range(8)]
    assert Counter(taken) == {"0": 2, "1": 2, "2": 2, "3": 2}


def test_a_free_device_is_preferred_to_the_first_one(hold):
    holders = [hold(GENGAP_DEVICES="0,1") for _ in range(3)]
    assert [device for _, device in holders] == ["0", "1", "0"]
    for process, device in (holders[0], holders[1]):
        process.communicate()
        assert process.returncode == 0, device
    assert hold(GENGAP_DEVICES="0,1")[1] == "1"


@pytest.mark.parametrize("slots", [1, 2])
def test_eight_jobs_never_exceed_the_places(tmp_path, slots):
    (tmp_path / "locks").mkdir()
    (tmp_path / "busy").mkdir()
    arguments = (tmp_path / "locks", slots, tmp_path / "busy")
    processes = [start(WORK, *arguments, GENGAP_DEVICES="0,1") for _ in range(8)]
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


def test_only_entries_of_cuda_visible_devices_are_chosen(hold):
    chosen = {"GENGAP_DEVICES": "0,1,2,3", "CUDA_VISIBLE_DEVICES": "2,3"}
    assert Counter(hold(**chosen)[1] for _ in range(4)) == {"2": 2, "3": 2}


def test_devices_may_be_named_by_uuid(tmp_path, monkeypatch):
    names = ["GPU-8932f937-d72c-4106-c12f-20bd9faed9f6", "MIG-GPU-8932f937/1/0"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", ",".join(names))
    with gpu_slot(directory=tmp_path) as first, gpu_slot(directory=tmp_path) as second:
        # The inner one sees what the outer one set: its own device alone.
        assert first == second == names[0]
    assert module.visible_devices(["0"]) == names


@pytest.mark.parametrize(("value", "devices"), [("", []), ("-1", []), ("NoDevFiles", []), ("1,-1,0", ["1"])])
def test_entries_that_cuda_ignores_are_ignored(monkeypatch, value, devices):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", value)
    assert module.visible_devices(["0", "1"]) == devices


def test_slurm_job_with_one_device_keeps_it_without_a_lock(tmp_path, monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "77")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    folder = tmp_path / "locks"
    with gpu_slot(1, directory=folder) as first, gpu_slot(1, directory=folder) as second:
        assert (first, second) == ("0", "0")
        assert os.environ["CUDA_VISIBLE_DEVICES"] == "0"
    assert not folder.exists()


def test_slurm_job_with_several_devices_shares_them_out(hold):
    given = {"SLURM_JOB_ID": "77", "CUDA_VISIBLE_DEVICES": "0,1"}
    assert Counter(hold(**given)[1] for _ in range(4)) == {"0": 2, "1": 2}


def test_slurm_job_without_devices_takes_none(monkeypatch):
    monkeypatch.setenv("SLURM_JOB_ID", "77")
    monkeypatch.setenv("GENGAP_DEVICES", "0,1")
    with gpu_slot() as device:
        assert device is None
    assert "CUDA_VISIBLE_DEVICES" not in os.environ


def test_locks_of_slurm_jobs_are_apart(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    for job, expected in (("77", f"gengap-gpu-{os.getuid()}-slurm77"), (None, f"gengap-gpu-{os.getuid()}")):
        assert module._default_folder(job) == tmp_path / expected


def test_without_a_device_any_number_of_jobs_run(tmp_path):
    folder = tmp_path / "locks"
    with (
        gpu_slot(1, directory=folder, devices=[]) as first,
        gpu_slot(1, directory=folder, devices=[]) as second,
    ):
        assert (first, second) == (None, None)
        assert "CUDA_VISIBLE_DEVICES" not in os.environ
    assert not folder.exists()


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


def test_lock_folder_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "locks").symlink_to(tmp_path / "elsewhere")
    with (
        pytest.raises(UserError, match="is not a folder of yours"),
        gpu_slot(directory=tmp_path / "locks", devices=["0"]),
    ):
        pass
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_lock_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    expected = r"Cannot use .*file/locks for the locks of the GPUs \(Not a directory\); set TMPDIR"
    with (
        pytest.raises(UserError, match=expected),
        gpu_slot(directory=tmp_path / "file" / "locks", devices=["0"]),
    ):
        pass
