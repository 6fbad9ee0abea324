"""What is done before the first job: folders are checked, and the configuration is written beside the results."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gengap.data.own_files import content
from gengap.errors import UserError
from gengap.runtime.files import write_json, write_text

RESOLVED = "config.json"
LONGEST_NAME = 255
"""In bytes, of file systems."""


def check_folders(config: Mapping[str, Any]) -> None:
    """The folders that a configuration names can be used: see `check_folder`."""
    for folder in ("results", "resources"):
        check_folder(folder, config[folder])
    if config["torchvision_root"] is not None:
        check_folder("torchvision_root", config["torchvision_root"], written=False)
    if config["measured"] is not None:
        check_folder("measured", config["measured"], written=False, there=True)


def check_folder(key: str, folder: str | Path, written: bool = True, there: bool = False) -> None:
    """Make sure that a folder of the configuration can be made or, if it is there, read.

    Args:
        key: of the configuration.
        folder: its value.
        written: whether it must be writable.
        there: whether it must exist.

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
    if there and nearest != path:
        raise UserError(f"`{key}` is {folder}, which does not exist; correct it.")
    if not os.access(nearest, (os.W_OK if written else os.R_OK) | os.X_OK):
        can, able = ("written", "writable") if written else ("read", "readable")
        raise UserError(f"`{key}` is {folder}, but {nearest} cannot be {can}; make it {able} or name another folder.")


def check_dataset(name: str, options: Mapping[str, Any], resources: str | Path, results: str | Path) -> None:
    """Make sure that the file of a data set is not another configuration's, whose results would go stale.

    It is no other's where that defines the same data, under whatever path, or its results or its images are gone.

    Args:
        name: of the data set.
        options: its entry.
        resources: folder of the configuration.
        results: folder of the configuration, by which it is told from others.

    Raises:
        UserError: it is another one's.
    """
    try:
        other = json.loads(_definition(resources, name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return  # none yet, or damaged: the run writes it anew
    theirs = other["options"]
    if other["results"] == os.path.abspath(results) or not os.path.exists(other["results"]):
        return
    if _data(theirs) == _data(options):
        place = theirs.get("path")
        if place is None or place == os.path.abspath(options["path"]) or not os.path.exists(place):
            return
        if content(theirs) == content(options):
            return
    raise UserError(
        f"`datasets.{name}` is not the `{name}` that the results in {other['results']} have, and both would be"
        f" {resources}/datasets/{name}.safetensors; give it another name, or `resources` another folder."
    )


def write_dataset(name: str, options: Mapping[str, Any], resources: str | Path, results: str | Path) -> None:
    """Write beside a data set, which may not be made yet, what it is made from and for which results."""
    kept = _data(options) | ({"path": os.path.abspath(options["path"])} if "path" in options else {})
    write_json(_definition(resources, name), {"results": os.path.abspath(results), "options": kept})


def write_resolved(config: Mapping[str, Any], results: str | Path) -> None:
    """Write the configuration, defaults filled in, beside the results that are about to be made with it."""
    write_text(Path(results) / RESOLVED, json.dumps(config, indent=2, sort_keys=True, ensure_ascii=False) + "\n")


def _definition(resources: str | Path, name: str) -> Path:
    return Path(resources) / "datasets" / f"{name}.definition.json"


def _data(options: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry says of the data, but for where they lie."""
    return {key: value for key, value in options.items() if key not in {"label", "note", "path"}}
