"""What every script of the workflow shares: its log, and errors told in one sentence."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from gengap.errors import UserError

logger = logging.getLogger("gengap")


@contextmanager
def job_log(path: str | None) -> Iterator[logging.Logger]:
    """Send log records to the rule's log file and to standard error while the block runs.

    A `UserError` ends the process with exit status 1 and its sentence alone; any other exception
    leaves its traceback in the log and goes on to Snakemake.
    """
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if path:
        handlers.append(logging.FileHandler(path, encoding="utf-8", errors="backslashreplace"))
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", handlers=handlers, force=True
    )
    # Libraries tell their warnings, the package its progress too.
    logger.setLevel(logging.INFO)
    try:
        yield logger
    except UserError as error:
        logger.error("%s", error)
        sys.exit(1)
    except Exception:
        logger.exception("The job failed with an unexpected error")
        raise
