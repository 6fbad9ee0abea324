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
    removed if the block fails, so a reader sees the old file, the new one, or none.

    Raises:
        UserError: the file system refuses (no space, no permission, read-only).
    """
    target = Path(target)
    temporary = target.with_name(f".{target.stem}.{os.getpid()}.tmp{target.suffix}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
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
