"""What every script of the workflow shares: its log, errors told in one sentence, and a look at the code that runs."""

import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from gengap.errors import UserError
from gengap.runtime.planned import planned_code

logger = logging.getLogger("gengap")


@contextmanager
def job_log(path: str | None) -> Iterator[logging.Logger]:
    """Send log records to the rule's log file while the block runs, warnings and some progress to standard error too.

    There the jobs of a workflow share one terminal, so a line begins with the rule, experiment, batch size and seed
    (the name of the log), and a job tells its progress once in 30 seconds at most.

    The block does not begin, or ends, where the process uses other code than was planned, see `planned_code`.
    A `UserError` ends the process with exit status 1 and its sentence alone; any other exception
    leaves its traceback in the log and goes on to Snakemake.
    """
    terminal = logging.StreamHandler(sys.stderr)
    terminal.addFilter(_now_and_then())
    name = str(path or "").rpartition("/logs/")[2].removesuffix(".log").replace("%", "%%")
    terminal.setFormatter(logging.Formatter(f"%(asctime)s {name}: %(message)s", "%H:%M:%S"))
    handlers: list[logging.Handler] = [terminal]
    if path:
        handlers.append(logging.FileHandler(path, encoding="utf-8", errors="backslashreplace"))
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", handlers=handlers, force=True
    )
    # Libraries tell their warnings, the package its progress too.
    logger.setLevel(logging.INFO)
    try:
        with planned_code():
            yield logger
    except UserError as error:
        logger.error("%s", error)
        sys.exit(1)
    except Exception:
        logger.exception("The job failed with an unexpected error")
        raise


def _now_and_then(seconds: float = 30.0) -> Callable[[logging.LogRecord], bool]:
    shown = time.monotonic()

    def keep(record: logging.LogRecord) -> bool:
        nonlocal shown
        now = time.monotonic()
        kept = record.levelno >= logging.WARNING or now - shown >= seconds
        shown = now if kept else shown
        return kept

    return keep


def with_defaults(specification: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """A training or a network with all of its options; the rule passes those on that are not at their default."""
    return {**specification, "options": {**defaults, **specification["options"]}}
