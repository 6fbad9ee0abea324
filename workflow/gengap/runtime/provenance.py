"""Where a result comes from: parameters, code, libraries, machine and time; but not which machine by name."""

import platform
import re
import resource
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy
import torch


def provenance(
    run: Mapping[str, Any],
    code_hash: str,
    device: torch.device,
    started: datetime,
    seconds: float,
    images_per_second: float | None = None,
    resumes: int = 0,
    *,
    engine: Mapping[str, Any],
) -> dict[str, Any]:
    """The content of `provenance.json`.

    Args:
        run: resolved specification of the run, with `seed` and `compute`.
        code_hash: hash of the code that made the result.
        device: where it was computed.
        started: start of this process' work, with a time zone.
        seconds: duration, time before an interruption included.
        images_per_second: training images per second of training.
        resumes: how often it was continued from a checkpoint.
        engine: how it was computed in the end, which on a GPU need not be as `compute` asks: `cuda_graphs`,
            `batch_norm`, and `distances` of these from the plain way, see `gengap.training.agreement`.
    """
    compute = run["compute"]
    gpu = device.type == "cuda"
    bitwise = device.type == "cpu" or compute["deterministic"]
    commit, dirty = git_state()
    return {
        "run": dict(run),
        "seed": run["seed"],
        "code_hash": code_hash,
        "git_commit": commit,
        "git_dirty": dirty,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": numpy.__version__,
            "cuda": torch.version.cuda if gpu else None,
            "cudnn": torch.backends.cudnn.version() if gpu else None,
        },
        "device": device.type,
        "device_name": torch.cuda.get_device_name(device) if gpu else processor(),
        "driver": _nvidia_driver() if gpu else None,
        "threads": torch.get_num_threads(),
        "precision": compute["precision"] if gpu else "fp32",
        "deterministic": compute["deterministic"],
        **engine,
        "a_seed_fixes": "every bit" if bitwise else "the law",
        "started": started.astimezone(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds, 3),
        "resumes": resumes,
        "images_per_second": None if images_per_second is None else round(images_per_second, 1),
        "peak_memory_bytes": _peak_resident_bytes(),
        "peak_gpu_memory_bytes": torch.cuda.max_memory_allocated(device) if gpu else None,
    }


def git_state(folder: str | Path = Path(__file__).parent) -> tuple[str | None, bool | None]:
    """Commit of the repository that tracks this package, and whether other code than the commit's may have run.

    That is so where a tracked file was changed, or a file was added to the package; a user's files elsewhere do not
    count. Both are `None` outside a repository, in one that does not track the package, and without git.
    """
    try:
        # A package installed below somebody's checkout is not of that checkout.
        _git(folder, "ls-files", "--error-unmatch", Path(__file__).name)
        changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
        added = _git(folder, "ls-files", "--others", "--exclude-standard")
        return _git(folder, "rev-parse", "HEAD"), bool(changed or added)
    except (OSError, subprocess.SubprocessError):
        return None, None


def _git(folder: str | Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout.strip()


def _nvidia_driver(file: str = "/proc/driver/nvidia/version") -> str | None:
    # Not by nvidia-smi, which can take seconds of every job.
    try:
        found = re.search(r"Kernel Module.*?\s(\d+\.[\d.]+)", Path(file).read_text(encoding="utf-8"))
    except OSError:
        return None
    return found[1] if found else None


def processor() -> str:
    """Name of the CPU."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _peak_resident_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS reports bytes, Linux kibibytes.
    return peak if sys.platform == "darwin" else 1024 * peak
