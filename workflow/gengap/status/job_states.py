"""Where each planned job stands, told from files alone: its outputs, its log, and the lock of a training."""

import json
import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from gengap.errors import UserError
from gengap.runtime.files import write_json
from gengap.runtime.readers import read_json
from gengap.runtime.run_lock import is_running

JOBS = "jobs.json"
"""Beside the results: what the last run was about to make."""

# A script needs this long at most to import its libraries, take its lock and write its first line.
_START_SECONDS = 120.0
# Jobs other than trainings hold no lock: they count as running while their log grows.
_QUIET_SECONDS = 600.0

# The format of `gengap.runtime.script.job_log`. A log whose last line lacks it ends in the traceback of an error.
_LOG_PREFIX = re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ([A-Z]+) ")


class State(StrEnum):
    """Where a job stands."""

    DONE = "done"
    DIVERGED = "diverged"
    RUNNING = "running"
    WAITING = "waiting"
    INTERRUPTED = "interrupted"
    FAILED = "failed"


@dataclass(frozen=True)
class Job:
    """One job of the workflow.

    Attributes:
        kind: its rule.
        name: its wildcards, as they stand in the names of its files.
        outputs: files that are all there when it is done.
        log: the rule's log.
        run: experiment, batch size and seed, of a training.
        checkpoints: checkpoint folder, of a training.
    """

    kind: str
    name: str
    outputs: tuple[Path, ...]
    log: Path
    run: tuple[str, int, int] | None = None
    checkpoints: Path | None = None


@dataclass(frozen=True)
class JobState:
    """A job, its state, and the last line of its log without time and level (empty unless the job began)."""

    job: Job
    state: State
    last_line: str = ""


def write_jobs(
    jobs: Iterable[tuple[str, Mapping[str, str], Sequence[str], Sequence[str]]], results: str | Path
) -> None:
    """Write the list of the jobs that a run is about to make, for `planned_jobs`.

    Args:
        jobs: rule, wildcards, outputs and logs of each job; targets without files are left out.
        results: folder of the results.
    """
    made: list[dict[str, Any]] = [
        {"rule": rule, "wildcards": dict(wildcards), "outputs": list(outputs), "log": logs[0]}
        for rule, wildcards, outputs, logs in jobs
        if outputs and logs
    ]
    write_json(Path(results) / JOBS, {"jobs": sorted(made, key=lambda job: job["log"])})


def planned_jobs(results: str | Path) -> list[Job]:
    """The jobs that the last run in a folder of results was about to make.

    Raises:
        UserError: no run was started there.
    """
    path = Path(results) / JOBS
    if not path.is_file():
        raise UserError(f"{path} is not there, so no run was started in {results} yet; start one, or name its folder.")
    return [_job(job, Path(results)) for job in read_json(path)["jobs"]]


def _job(job: Mapping[str, Any], results: Path) -> Job:
    wildcards, outputs = job["wildcards"], tuple(map(Path, job["outputs"]))
    if job["rule"] == "train":
        run = (wildcards["experiment"], int(wildcards["batch_size"]), int(wildcards["seed"]))
        name = f"{run[0]}/bs{run[1]}/seed{run[2]}"
        return Job("train", name, outputs, Path(job["log"]), run, results / ".checkpoints" / name)
    return Job(job["rule"], "/".join(wildcards.values()) or job["rule"], outputs, Path(job["log"]))


def forgotten_runs(results: str | Path, jobs: Iterable[Job]) -> list[str]:
    """Trainings that lie in a folder of results and that no job makes any more, by their place."""
    asked = {job.name for job in jobs if job.run is not None}
    found = (path.parent.relative_to(Path(results) / "runs") for path in Path(results).glob("runs/*/*/*/metrics.json"))
    return sorted(str(place) for place in found if str(place) not in asked)


def state_of(job: Job) -> JobState:
    """Where a job stands now."""
    if all(output.is_file() for output in job.outputs):
        return JobState(job, State.DIVERGED if job.run is not None and _diverged(job) else State.DONE)
    try:
        last_line, age = _last_line(job.log), time.time() - job.log.stat().st_mtime
    except OSError:
        last_line, age = None, None
    if job.checkpoints is not None and is_running(job.checkpoints, heartbeat=job.log):
        return JobState(job, State.RUNNING, _message(last_line or ""))
    if last_line is None or age is None:
        return JobState(job, State.WAITING)
    if _tells_an_error(last_line):
        return JobState(job, State.FAILED, _message(last_line))
    running = age < (_START_SECONDS if not last_line else 0 if job.checkpoints is not None else _QUIET_SECONDS)
    return JobState(job, State.RUNNING if running else State.INTERRUPTED, _message(last_line))


def _diverged(job: Job) -> bool:
    try:
        metrics = next(path for path in job.outputs if path.name == "metrics.json")
        return json.loads(metrics.read_text(encoding="utf-8"))["diverged"] is True
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _last_line(log: Path) -> str:
    """The last line that is not blank; empty for an empty log."""
    with open(log, "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 16384))
        lines = file.read().decode("utf-8", errors="replace").splitlines()
    return next((line.rstrip() for line in reversed(lines) if line.strip()), "")


def _tells_an_error(line: str) -> bool:
    prefix = _LOG_PREFIX.match(line)
    return bool(line) if prefix is None else prefix[1] in ("ERROR", "CRITICAL")


def _message(line: str) -> str:
    return _LOG_PREFIX.sub("", line)
