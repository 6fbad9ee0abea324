"""Where each planned job stands, told from files alone: its outputs, its log, and the lock of a training."""

import json
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gengap.config import Plan
from gengap.config.measured import FIGURES, UNTRAINED, audit_items, linear_experiments, precision_experiments
from gengap.config.subjects import choosing_grids, compared_tables, equal_update_pairs
from gengap.run_lock import is_running

# A script needs this long at most to import its libraries, take its lock and write its first line.
_START_SECONDS = 120.0
# Jobs other than trainings hold no lock: they count as running while their log grows.
_QUIET_SECONDS = 600.0

# The format of `gengap.job.job_log`. A log whose last line lacks it ends in the traceback of an error.
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
        kind: what it makes, in the plural.
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


def planned_jobs(plan: Plan) -> Iterator[Job]:
    """Every job that a configuration asks for, in the order of the flow."""
    results, resources = Path(plan.config["results"]), Path(plan.config["resources"])
    logs = results / "logs"
    for name in plan.datasets:
        output = resources / "datasets" / f"{name}.safetensors.sha256"
        yield Job("data sets", name, (output,), logs / "dataset" / f"{name}.log")
    for run in plan.runs:
        key = (run["experiment"], run["batch_size"], run["seed"])
        name = f"{key[0]}/bs{key[1]}/seed{key[2]}"
        outputs = tuple(results / "runs" / name / file for file in ("metrics.json", "provenance.json"))
        yield Job("trainings", name, outputs, logs / "train" / f"{name}.log", key, results / ".checkpoints" / name)
    measured = [experiment for experiment in plan.experiments.values() if experiment.spectra]
    for experiment in measured:
        for seed in experiment.seeds:
            for size in experiment.batch_sizes:
                name = f"{experiment.name}/bs{size}/seed{seed}"
                yield Job(
                    "spectra", name, (results / "spectra" / f"{name}.parquet",), logs / "spectrum" / f"{name}.log"
                )
    counted = [*measured, *plan.untrained.values()]
    for experiment in counted:
        for seed in experiment.seeds:
            output = results / "spectra" / experiment.name / "untrained" / f"seed{seed}.parquet"
            name = f"{experiment.name}/seed{seed}"
            yield Job("spectra", f"{name} untrained", (output,), logs / "untrained_spectrum" / f"{name}.log")
    for name in (experiment.name for experiment in counted):
        yield Job("counts", name, (results / "counts" / f"{name}.csv",), logs / "counts" / f"{name}.log")
    for law in plan.config["random_matrices"]["laws"]:
        for rows, columns in (
            *plan.config["random_matrices"]["sizes"],
            *plan.config["random_matrices"]["control_sizes"],
        ):
            name = f"{law}/{rows}x{columns}"
            output = results / "random_matrices" / f"{name}.csv"
            yield Job("random matrices", name, (output,), logs / "random_matrix" / f"{name}.log")
    figure_laws = dict.fromkeys(item["law"] for item in plan.figures.values() if "law" in item)
    for law in figure_laws:
        output = results / "random_matrices" / law / "histograms.csv"
        yield Job("histograms", law, (output,), logs / "random_matrix_histogram" / f"{law}.log")
    for kind, rule, suffix, items in (
        ("tables", "table", "csv", plan.tables),
        ("figures", "figure", "png", plan.figures),
    ):
        for number, item in items.items():
            output = results / kind / f"{rule}_{number}.{suffix}"
            folder = f"random_matrix_{rule}" if "law" in item else rule
            yield Job(kind, number, (output,), logs / folder / f"{number}.log")
    for name, first_file in _audit_jobs(plan):
        yield Job("audit", name, (results / "audit" / first_file,), logs / f"{name}.log")
    outputs = tuple(results / "paper" / f"reproduction.{kind}" for kind in ("tex", "pdf"))
    yield Job("report", "document", outputs, logs / "reproduction.log")
    yield Job("report", "report", (results / "report.html",), logs / "report.log")


def _audit_jobs(plan: Plan) -> Iterator[tuple[str, str]]:
    """Jobs of tables and figures beyond the paper's own: the name of the log, and one of the files made."""
    if any("law" in table for table in plan.tables.values()):
        yield "paper_audit", "random_matrix_agreement.json"
    if compared_tables(plan):
        yield "comparison", "comparison.json"
    if any("experiment" in table for table in plan.tables.values()):
        yield "losses", "loss_parts.json"
    for rule, experiments in (
        ("forward_precision", precision_experiments(plan)),
        ("proposition_3", linear_experiments(plan)),
    ):
        for name in experiments:
            yield f"{rule}/{name}", f"{rule}/{name}.csv"
    items = audit_items(plan)
    for rule, made in (
        ("audit_figures", [name for name in items if name in FIGURES]),
        ("untrained_figure", [name for name in items if name == UNTRAINED]),
        ("audit_tables", [name for name in items if name not in (*FIGURES, UNTRAINED)]),
    ):
        if made:
            yield rule, f"{made[0]}.json"
    for grid in choosing_grids(plan):
        yield f"grid/{grid}", f"settings_{grid}.json"
    if equal_update_pairs(plan):
        yield "equal_updates", "equal_updates.json"


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
        return json.loads(job.outputs[0].read_text(encoding="utf-8"))["diverged"] is True
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
