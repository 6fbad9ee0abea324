"""What a run tells on the terminal besides the lines of its jobs; Snakemake's own log file has everything."""

import logging
import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from gengap.errors import UserError
from gengap.report.runs import duration
from gengap.runtime.readers import read_json

# Snakemake tells them of each job. What a job is, and why it runs, a dry run says.
_HIDDEN = ("job_info", "job_started", "job_finished", "resources_info")
_PROGRESS_STEPS = 10

_METRICS = "runs/*/bs*/seed*/metrics.json"


def quieter(logger: logging.Logger) -> None:
    """Let Snakemake's handler for the terminal leave out what it says of every job, and most lines of progress."""
    for handler in logger.handlers:
        if handler.name == "DefaultStreamHandler":
            handler.addFilter(_essential())


def _essential() -> Callable[[logging.LogRecord], bool]:
    shown = 0

    def keep(record: logging.LogRecord) -> bool:
        nonlocal shown
        event = getattr(record, "event", None)
        kind = getattr(event, "value", event)
        if kind == "progress":
            before, shown = shown, _PROGRESS_STEPS * record.done // record.total  # type: ignore[attr-defined]
            return shown > before
        return kind not in _HIDDEN and record.getMessage() != "Select jobs to execute..."

    return keep


def forecast(planned: Sequence[Mapping[str, Any]], results: str | Path) -> str:
    """How many trainings are planned and about how long they take, as trainings that lie here took.

    Each is taken to need, for an epoch, what the finished one of the same network and data whose batch size is nearest
    needed: the median of several.

    Args:
        planned: specifications of the trainings, see `Plan.run`.
        results: folder of the results; finished trainings are looked for there and in folders beside it.
    """
    measured: dict[tuple[str, str], dict[int, list[float]]] = {}
    here = Path(results).resolve()
    for path in {path for folder in (here, here.parent, *here.parent.glob("*/")) for path in folder.glob(_METRICS)}:
        with suppress(UserError, OSError, KeyError, TypeError, ZeroDivisionError):
            metrics, seconds = read_json(path), read_json(path.with_name("provenance.json"))["seconds"]
            sizes = measured.setdefault((metrics["model"], metrics["dataset"]), {})
            sizes.setdefault(metrics["batch_size"], []).append(seconds / metrics["epochs"])
    total, unknown = 0.0, 0
    for run in planned:
        sizes = measured.get((run["model"], run["dataset"]), {})
        if not sizes:
            unknown += 1
            continue
        nearest = min(sizes, key=lambda size: abs(math.log(size / run["batch_size"])))
        equal = run["options"].get("equal_updates_to")
        total += (
            run["options"]["epochs"] * (run["batch_size"] / equal if equal else 1) * statistics.median(sizes[nearest])
        )
    told = [f"{len(planned)} training{'' if len(planned) == 1 else 's'} planned"]
    if total:
        told.append(f"about {duration(total)} one after another, by the speed of those that were done here")
    if unknown:
        told.append(
            f"how long {'they take' if unknown == len(planned) else f'{unknown} of them take'} here is not known"
        )
    return "; ".join(told) + "."
