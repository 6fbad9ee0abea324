"""Where a job and its host meet: a socket in the user's private folder, whose name tells what the host is fit for."""

import fcntl
import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gengap.errors import UserError
from gengap.fingerprint import PACKAGE_ROOT

# Environment variables that libraries read when they start: a host serves jobs with the same ones.
_LIBRARY_PREFIXES = ("CUDA", "CUBLAS_", "CUDNN_", "NVIDIA_", "PYTORCH_", "TORCH_", "OMP_", "MKL_", "TRITON_")
# What is one setting for all trainings of a process.
_PROCESS_SETTINGS = ("device", "precision", "deterministic", "threads")


def socket_path(folder: Path, device: str, compute: Mapping[str, Any]) -> Path:
    """Path of the socket of the host that may serve a job, whether or not it runs.

    Args:
        folder: the user's private folder.
        device: the GPU, as `CUDA_VISIBLE_DEVICES` names it.
        compute: `compute` of the run.
    """
    package = hashlib.sha256()
    for path in sorted(PACKAGE_ROOT.rglob("*.py")):
        package.update(f"{path}\0".encode() + path.read_bytes())
    fit_for = {
        "device": device,
        "compute": {name: compute[name] for name in _PROCESS_SETTINGS},
        "python": sys.executable,
        "torch": version("torch"),
        "package": package.hexdigest(),
        "environment": {name: value for name, value in os.environ.items() if name.startswith(_LIBRARY_PREFIXES)},
    }
    return folder / f"host-{hashlib.sha256(json.dumps(fit_for, sort_keys=True).encode()).hexdigest()[:16]}.sock"


def log_path(path: Path) -> Path:
    """What the host behind a socket writes that belongs to no job."""
    return path.with_suffix(".log")


def connect(path: Path, idle_seconds: float) -> socket.socket:
    """A connection to the host behind a socket, which is started if there is none.

    Args:
        path: a `socket_path`.
        idle_seconds: how long a host started now is to wait for its next job before it ends.

    Raises:
        UserError: the path is too long for a socket.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with doorway(path):
            try:
                connection.connect(os.fspath(path))
            except (FileNotFoundError, ConnectionRefusedError):
                path.unlink(missing_ok=True)
                with _started(path, idle_seconds):
                    connection.connect(os.fspath(path))
    except OSError as error:
        connection.close()
        if "too long" in str(error):
            raise UserError(
                f"{path} is too long for the name of a socket; set TMPDIR to a shorter folder of this machine, or set"
                " `side_by_side: 1` in the config."
            ) from error
        raise
    return connection


@contextmanager
def doorway(path: Path) -> Iterator[None]:
    """Keep others from connecting to, starting or ending the host behind a socket while the block runs."""
    descriptor = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def leave(path: Path) -> None:
    """Make the socket unknown, so that the next job starts a new host."""
    with suppress(FileNotFoundError):
        path.unlink()


@contextmanager
def _started(path: Path, idle_seconds: float) -> Iterator[None]:
    """Start a host; the block is to connect to it.

    The socket listens before the host does and until the block ends: the kernel lets jobs wait in line, and turns them
    away if the host dies.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener, open(log_path(path), "wb") as log:
        listener.bind(os.fspath(path))
        listener.listen(64)
        between = os.fork()
        if between == 0:
            # No job's child and in a session of its own, the host is neither in the costs that Snakemake measures for
            # a job, nor reached by its end or by Ctrl-C.
            try:
                _spawn(path, idle_seconds, listener.fileno(), log.fileno())
            finally:
                os._exit(0)
        os.waitpid(between, 0)
        yield


def _spawn(path: Path, idle_seconds: float, listener: int, log: int) -> None:
    import_path = os.pathsep.join(filter(None, [str(PACKAGE_ROOT.parent), os.environ.get("PYTHONPATH")]))
    subprocess.Popen(
        [sys.executable, "-m", "gengap.training.host.server", str(listener), str(path), str(idle_seconds)],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        cwd="/",
        env={**os.environ, "PYTHONPATH": import_path},
        pass_fds=[listener],
        start_new_session=True,
    )
