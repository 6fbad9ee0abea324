"""What a user's own files hold, in a few digits among a rule's parameters: other images remake the data set."""

import hashlib
import os
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gengap.errors import UserError


def described(options: Mapping[str, Any]) -> dict[str, Any]:
    """What an entry says of the data themselves: neither how they are called nor, where `content` tells, their path."""
    told = {"path"} if content(options) is not None else set()
    return {name: value for name, value in options.items() if name not in {"label", "note", *told}}


def check_there(name: str, options: Mapping[str, Any]) -> None:
    """Refuse an entry without its own files: without them a data set that was made from them counts as stale.

    Args:
        name: of the data set.
        options: of the data set, with its `source`.

    Raises:
        UserError: they are not there, not of the kind that the source needs, or cannot be read.
    """
    path = options.get("path")
    if options["source"] not in _PARTS or path is None:
        return
    # Not by the methods of `Path`, which raise where a folder on the way cannot be searched.
    wanted, there = ("a file", os.path.isfile) if options["source"] == "npz" else ("a folder", os.path.isdir)
    if not os.path.exists(path):
        fault, remedy = "does not exist", "correct it, or put your images there"
    elif not there(path):
        fault, remedy = f"is not {wanted}, as the source `{options['source']}` needs", "correct the path or the source"
    elif not os.access(path, os.R_OK):
        fault, remedy = "cannot be read", "make it readable"
    else:
        return
    raise UserError(f"`datasets.{name}.path` is {path}, which {fault}; {remedy}.")


def content(options: Mapping[str, Any]) -> str | None:
    """Digits that differ where the files of a data set differ, by what they hold and not by their times.

    Of an archive the checksums in its own directory are taken, of a folder all bytes of the images.

    Args:
        options: of the data set, with its `source`.

    Returns:
        `None` for sources that no user edits, and where there are no such files or they cannot be read: what is wrong
        with them the job that reads them says.
    """
    parts = _PARTS.get(options["source"])
    if parts is None or "path" not in options:
        return None
    try:
        found = sorted(parts(Path(options["path"])))
    # A damaged archive can make zipfile raise anything.
    except Exception:
        return None
    return hashlib.sha256(repr(found).encode()).hexdigest()[:16] if found else None


def reason(error: Exception) -> str:
    """What an exception tells, in one line that can stand inside a sentence."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(text.split()).rstrip(".")


def visible(folder: Path) -> list[Path]:
    """What a folder holds, linked folders too, in the order of names, but for what file managers leave there.

    They leave names with a dot in front, and on Windows `Thumbs.db` and `desktop.ini`. The reader of image folders
    lists them by this function, so that what it reads and what `content` looks at are the same files.

    Raises:
        OSError: the folder cannot be read.
    """
    names = sorted(os.listdir(folder))
    return [folder / name for name in names if name[0] != "." and name.lower() not in {"thumbs.db", "desktop.ini"}]


def _members(path: Path) -> Iterator[tuple[str, str]]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            yield member.filename, f"{member.file_size} {member.CRC:08x}"


def _files(folder: Path) -> Iterator[tuple[str, str]]:
    for split in ("train", "test"):
        for entry in visible(folder / split):
            for path in visible(entry) if entry.is_dir() else [entry]:
                with open(path, "rb") as file:
                    yield path.relative_to(folder).as_posix(), hashlib.file_digest(file, "sha256").hexdigest()


_PARTS = {"npz": _members, "image_folder": _files}
