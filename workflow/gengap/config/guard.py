"""What is checked before the first job, so that a run does not end in the middle: folders, and one configuration."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gengap.errors import UserError
from gengap.files import write_text

RESOLVED = "config.json"


def check_folder(key: str, folder: str | Path) -> None:
    """Make sure that a folder of the configuration can be made and written.

    Raises:
        UserError: something stands in its way.
    """
    path = Path(folder)
    nearest = next(parent for parent in (path.absolute(), *path.absolute().parents) if parent.exists())
    if not nearest.is_dir():
        raise UserError(f"`{key}` is {folder}, but {nearest} is a file; name another folder.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise UserError(
            f"`{key}` is {folder}, but {nearest} cannot be written; make it writable or name another folder."
        )


def write_resolved(config: Mapping[str, Any], results: str | Path) -> None:
    """Write the configuration, defaults filled in, beside the results that are about to be made with it."""
    write_text(Path(results) / RESOLVED, _text(config))


def check_unchanged(config: Mapping[str, Any], results: str | Path) -> None:
    """Make sure that a job on a cluster, which reads the configuration anew, reads what the workflow was started with.

    Raises:
        UserError: it was edited in between; the job's results would carry the wrong parameters.
    """
    path = Path(results) / RESOLVED
    if path.is_file() and path.read_text(encoding="utf-8") != _text(config):
        raise UserError(
            "The configuration was edited while the workflow runs, so this job would not compute what was planned;"
            " stop the workflow and start it again: what is done and still valid is kept."
        )


def _text(config: Mapping[str, Any]) -> str:
    return json.dumps(config, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
