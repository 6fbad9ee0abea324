"""Files that are either complete or absent."""

import errno
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from gengap.errors import UserError

_ADVICE = {
    errno.ENOSPC: "no space is left on the device; free some and run the same command again",
    errno.EDQUOT: "the disk quota is used up; free some space and run the same command again",
    errno.EACCES: "permission denied; make the folder writable or set `results` to another one",
    errno.EPERM: "permission denied; make the folder writable or set `results` to another one",
    errno.EROFS: "the file system is read-only; set `results` to a folder that can be written",
}


@contextmanager
def atomic_path(target: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `target` that becomes `target` if the block succeeds.

    The temporary file keeps the target's suffix, is flushed to disk before it is renamed, and is
    removed if the block fails, so a reader sees the old file, the new one, or none. What a killed writer of the
    same target has left is removed first.

    Raises:
        UserError: the file system refuses (no space, no permission, read-only).
    """
    target = Path(target)
    temporary = target.with_name(f".{target.stem}.{os.getpid()}.tmp{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(target)
        yield temporary
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, target)
    except OSError as error:
        if error.errno in _ADVICE:
            raise UserError(f"Cannot write {target}: {_ADVICE[error.errno]}.") from error
        raise
    finally:
        # The folder itself may be unreadable: then there is nothing to remove either.
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def remove_leftovers(target: str | Path) -> None:
    """Remove what killed writers of `target` have left half-written; what cannot be removed stays.

    Nothing of another process that runs on this machine is touched. On other machines nobody writes the same target:
    Snakemake's lock and that of a training let one job make it. A writer that escaped them would miss its file and
    fail; the target stays whole in any case.
    """
    target = Path(target)
    start, end = f".{target.stem}.", f".tmp{target.suffix}"
    with suppress(OSError):
        for name in os.listdir(target.parent):
            process = name.removeprefix(start).removesuffix(end)
            # The target `a.csv` must not take `.a.5.17.tmp.csv` of `a.5.csv` for its own.
            if name == f"{start}{process}{end}" and process.isdecimal() and not _is_another(int(process)):
                target.with_name(name).unlink(missing_ok=True)


def _is_another(process: int) -> bool:
    """Whether that process runs on this machine and is not this one."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True


def write_text(target: str | Path, text: str) -> None:
    """Write UTF-8 text atomically."""
    with atomic_path(target) as path:
        path.write_text(text, encoding="utf-8", newline="\n")


def write_json(target: str | Path, content: Mapping[str, Any]) -> None:
    """Write a mapping as indented JSON atomically; NaN and infinities are refused by JSON and by us."""
    write_text(target, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def sha256(path: str | Path) -> str:
    """Hexadecimal SHA-256 of a file's content."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_checksum(path: str | Path) -> None:
    """Write `<path>.sha256` in the format of `sha256sum`, for consumers to depend on instead of a large file."""
    path = Path(path)
    write_text(f"{path}.sha256", f"{sha256(path)}  {path.name}\n")
