"""Which GPU a job takes when several jobs run on one machine.

Snakemake counts (`--resources gpu=4` runs at most four such jobs at once) but assigns nothing: every
job would compute on the first device. Here a job locks a file that stands for one place on one device.
The kernel releases the lock when the process ends, however it ends, so a killed job frees its place at once.
"""

import fcntl
import glob
import logging
import os
import re
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from gengap.errors import UserError

logger = logging.getLogger(__name__)

# An index, or the UUID of a GPU or of a MIG instance. CUDA ignores everything from the first entry
# that names no device (`-1`, Slurm's `NoDevFiles`).
_DEVICE_NAME = re.compile(r"\d+|(GPU|MIG)-\S+")

_POLL_SECONDS = 1.0
_REMINDER_SECONDS = 600.0


@contextmanager
def gpu_slot(
    slots_per_device: int = 4, directory: str | Path | None = None, devices: Sequence[str] | None = None
) -> Iterator[str | None]:
    """Hold a place on the least used GPU while the block runs; wait where every place is taken.

    Sets `CUDA_VISIBLE_DEVICES` of this process, so enter it before anything initialises CUDA; a `None`
    leaves the environment alone. A job shares a device only while no other device is free. Entries of a
    `CUDA_VISIBLE_DEVICES` that is already set are the only ones chosen from. Inside a Slurm job the
    scheduler has chosen: its only device is used without a lock, several are shared out among the
    processes of that job, and none stays none.

    Args:
        slots_per_device: jobs that may share one device.
        directory: folder of the locks, on a disk of this machine; by default one for this user among
            the machine's temporary files.
        devices: names of the devices of this machine, instead of those found by `machine_devices`.

    Yields:
        The device, as `CUDA_VISIBLE_DEVICES` names it, or `None` where there is none to choose.

    Raises:
        UserError: the folder of the locks belongs to somebody else or cannot be written.
    """
    slurm_job = os.environ.get("SLURM_JOB_ID")
    if devices is None:
        devices = machine_devices() if slurm_job is None else ()
    visible = visible_devices(devices)
    if not visible or (slurm_job is not None and len(visible) == 1):
        yield visible[0] if visible else None
        return
    folder = private_folder(directory)
    before = os.environ.get("CUDA_VISIBLE_DEVICES")
    device, descriptor = _wait_for_place(folder, visible, slots_per_device)
    os.environ["CUDA_VISIBLE_DEVICES"] = device
    try:
        yield device
    finally:
        if before is None:
            os.environ.pop("CUDA_VISIBLE_DEVICES", None)
        else:
            os.environ["CUDA_VISIBLE_DEVICES"] = before
        os.close(descriptor)


def visible_devices(devices: Sequence[str]) -> list[str]:
    """Devices that this process may use: the entries of `CUDA_VISIBLE_DEVICES`, or, unset, all given ones."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    names = devices if chosen is None else chosen.split(",")
    visible = []
    for name in (name.strip() for name in names):
        if not _DEVICE_NAME.fullmatch(name):
            break
        visible.append(name)
    return list(dict.fromkeys(visible))


def machine_devices() -> list[str]:
    """NVIDIA devices of this machine, found without initialising CUDA.

    By CUDA's index, from the device nodes, or from `nvidia-smi` where there are none (Windows Subsystem for Linux).
    Where GPUs are divided (MIG), of which an index reaches the first part alone, by the UUIDs of parts and whole GPUs.
    For tests, the environment variable `GENGAP_DEVICES` (such as `0,1,2,3`) stands for the machine's devices.
    """
    simulated = os.environ.get("GENGAP_DEVICES")
    if simulated is not None:
        return [name.strip() for name in simulated.split(",") if name.strip()]
    count = len(glob.glob("/dev/nvidia[0-9]*"))
    if count == 0 or glob.glob("/proc/driver/nvidia/capabilities/gpu*/mig/gi*"):
        listing = _listing()
        if parts := re.findall(r"UUID: (MIG-[^)]+)", listing):
            whole = re.findall(r"^GPU \d+:.*UUID: (GPU-[^)]+)\)$(?!\n +MIG)", listing, re.MULTILINE)
            return whole + parts
        count = count or len(re.findall(r"^GPU \d+:", listing, re.MULTILINE))
    # A container may show /dev/nvidia3 alone, and CUDA calls it 0.
    return [str(index) for index in range(count)]


def _listing() -> str:
    try:
        return subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def private_folder(directory: str | Path | None = None) -> Path:
    """Folder of the locks, made if it is missing, in which nobody else can put links or locks.

    Args:
        directory: the folder, instead of the one for this user among the machine's temporary files.

    Raises:
        UserError: it belongs to somebody else or cannot be written.
    """
    folder = Path(directory) if directory is not None else _default_folder(os.environ.get("SLURM_JOB_ID"))
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        status = folder.lstat()
        if stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid():
            folder.chmod(0o700)
            return folder
    except OSError as error:
        raise _refusal(folder, error) from error
    raise UserError(
        f"{folder}, for the locks of the GPUs, is not a folder of yours; remove it or set TMPDIR to another"
        " folder of this machine."
    )


def _default_folder(slurm_job: str | None) -> Path:
    # Inside a Slurm job the indices may count that job's own devices, so its locks are its own too.
    suffix = f"-slurm{quote(slurm_job, safe='')}" if slurm_job is not None else ""
    return Path(tempfile.gettempdir()) / f"gengap-gpu-{os.getuid()}{suffix}"


def _refusal(folder: Path, error: OSError) -> UserError:
    return UserError(
        f"Cannot use {folder} for the locks of the GPUs ({error.strerror}); set TMPDIR to a folder of this"
        " machine that you can write to."
    )


def _wait_for_place(folder: Path, devices: Sequence[str], slots_per_device: int) -> tuple[str, int]:
    """The device taken and the open file whose lock holds it."""
    started, reminder = time.monotonic(), 0.0
    while True:
        place = _take_place(folder, devices, slots_per_device)
        if place is not None:
            device, sharing, descriptor = place
            logger.info("Using GPU %s%s", device, f", shared with {sharing} other job(s)" if sharing else "")
            return device, descriptor
        waited = time.monotonic() - started
        if waited >= reminder:
            message = "Waiting for a GPU: each of %s runs %d job(s) (%.0f min so far)"
            logger.info(message, ", ".join(devices), slots_per_device, waited / 60)
            reminder = waited + _REMINDER_SECONDS
        time.sleep(_POLL_SECONDS)


def _take_place(folder: Path, devices: Sequence[str], slots_per_device: int) -> tuple[str, int, int] | None:
    """Take a place on the device with the fewest jobs: its name, how many others share it, the open file."""
    # One process chooses at a time: two that count together would both find the same device free.
    guard = _open(folder / "choosing.lock")
    try:
        fcntl.flock(guard, fcntl.LOCK_EX)
        best: tuple[str, int, int] | None = None
        for device in devices:
            free = []
            for slot in range(slots_per_device):
                descriptor = _open(folder / f"{quote(device, safe='')}.{slot}.lock")
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    free.append(descriptor)
                except BlockingIOError:
                    os.close(descriptor)
            sharing = slots_per_device - len(free)
            if free and (best is None or sharing < best[1]):
                if best is not None:
                    os.close(best[2])
                best = (device, sharing, free.pop())
            for descriptor in free:
                os.close(descriptor)
        return best
    finally:
        os.close(guard)


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise _refusal(path.parent, error) from error
