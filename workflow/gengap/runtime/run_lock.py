"""Which training is under way: a lock in its checkpoint folder, which the kernel frees however the process ends."""

import errno
import fcntl
import logging
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gengap.errors import UserError

logger = logging.getLogger("gengap")

_LOCK = "lock"
# A killed job's lock lives on until its process has wound up, and whoever looks at a lock holds it for a moment.
_PATIENCE_SECONDS = 10.0
# Some network file systems have no locks, or locks that other machines do not see.
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP}
_HEARTBEAT_SECONDS = 600.0


@contextmanager
def run_lock(folder: str | Path) -> Iterator[None]:
    """Hold the lock of one training while the block runs, so that no second process trains the same run.

    The folder is made if it is missing; after the block the lock is gone, and so is the folder if it is empty.

    Args:
        folder: the run's checkpoint folder.

    Raises:
        UserError: another process trains this run, or the folder cannot be written.
    """
    folder = Path(folder)
    descriptor = _acquire(folder)
    try:
        yield
    finally:
        with suppress(OSError):
            (folder / _LOCK).unlink()
        os.close(descriptor)
        # A network file system keeps a removed file that is open, so the folder can go only now.
        with suppress(OSError):
            folder.rmdir()


def is_running(folder: str | Path, heartbeat: str | Path | None = None) -> bool:
    """Whether some process holds the lock of the training with this checkpoint folder.

    Args:
        folder: the run's checkpoint folder, which may be missing.
        heartbeat: a file that the training keeps writing to. Where the training runs on another machine, whose
            locks may be invisible here, it counts as running if this file was written in the last ten minutes.
    """
    path = Path(folder) / _LOCK
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        if _holder(descriptor)[1] == socket.gethostname():
            return False
    except BlockingIOError:
        return True
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            return False
    finally:
        os.close(descriptor)
    try:
        return heartbeat is not None and time.time() - os.stat(heartbeat).st_mtime < _HEARTBEAT_SECONDS
    except OSError:
        return False


def _acquire(folder: Path) -> int:
    path = folder / _LOCK
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except FileNotFoundError:
            continue  # the former holder has just removed the folder
        except OSError as error:
            raise UserError(
                f"Cannot write {path}: {error.strerror}; make the folder writable or set `results` to another one."
            ) from error
        locked = _try_lock(descriptor)
        if locked is None:
            logger.warning("%s has no file locks: make sure that nothing else trains this run.", folder)
        if locked is not False and _is_file(descriptor, path):
            with suppress(OSError):  # a full disk: the training may still fit
                os.ftruncate(descriptor, 0)
                os.write(descriptor, f"{os.getpid()} {socket.gethostname()}".encode())
            return descriptor
        process, host = _holder(descriptor)
        os.close(descriptor)
        if time.monotonic() > deadline:
            raise UserError(
                f"Another process{f' ({process} on {host})' if process else ''} is training this run ({path} is"
                " locked); wait for it, or end it and run the same command again."
            )
        time.sleep(0.2)


def _try_lock(descriptor: int) -> bool | None:
    """Whether the lock was taken; `None` where the file system has none."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return None
        raise
    return True


def _is_file(descriptor: int, path: Path) -> bool:
    """Whether the open file is still the one at the path: its former holder removes it at the end."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def _holder(descriptor: int) -> tuple[str, str]:
    """Process and machine that hold or held an open lock, as far as it tells."""
    process, _, host = os.pread(descriptor, 4096, 0).decode(errors="replace").partition(" ")
    return process, host
