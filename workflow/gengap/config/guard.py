"""What is done before the first job: folders are checked, and the configuration is written beside the results."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gengap.errors import UserError
from gengap.files import write_text

RESOLVED = "config.json"
LONGEST_NAME = 255
"""In bytes, of file systems."""


def check_folder(key: str, folder: str | Path, written: bool = True) -> None:
    """Make sure that a folder of the configuration can be made or, if it is there, read.

    Args:
        key: of the configuration.
        folder: its value.
        written: whether it must be writable.

    Raises:
        UserError: something stands in its way.
    """
    path = Path(folder).absolute()
    if any(len(os.fsencode(part)) > LONGEST_NAME for part in path.parts):
        raise UserError(f"`{key}` is {folder}, which has a name of more than {LONGEST_NAME} bytes; shorten it.")
    # Not by the methods of `Path`, which raise where a folder on the way cannot be searched.
    nearest = next(parent for parent in (path, *path.parents) if os.path.lexists(parent))
    if not os.path.exists(nearest):
        raise UserError(f"`{key}` is {folder}, but {nearest} is a link to nothing; mend it or name another folder.")
    if not os.path.isdir(nearest):
        raise UserError(f"`{key}` is {folder}, but {nearest} is a file; name another folder.")
    if not os.access(nearest, (os.W_OK if written else os.R_OK) | os.X_OK):
        can, able = ("written", "writable") if written else ("read", "readable")
        raise UserError(f"`{key}` is {folder}, but {nearest} cannot be {can}; make it {able} or name another folder.")


def write_resolved(config: Mapping[str, Any], results: str | Path) -> None:
    """Write the configuration, defaults filled in, beside the results that are about to be made with it."""
    write_text(Path(results) / RESOLVED, json.dumps(config, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
