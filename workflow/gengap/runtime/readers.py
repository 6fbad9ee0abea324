"""Files that a rule reads, and one sentence on a file that is not what its rule has written."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.errors import UserError


@contextmanager
def whole(path: str | Path, kind: str) -> Iterator[None]:
    """Tell errors of reading a file in one sentence; a file that is not there or may not be read is another matter.

    Raises:
        UserError: what is read in the block is no such kind of file, or a damaged one.
    """
    try:
        yield
    except (FileNotFoundError, PermissionError):
        raise
    # Libraries tell a damaged file by errors of these kinds.
    except (OSError, ValueError, TypeError, KeyError, SyntaxError) as error:
        raise unusable(path, f"is not a whole {kind} file") from error


def unusable(path: str | Path, problem: str) -> UserError:
    """The error that says what is wrong with a file that a rule has written, and what to do."""
    return UserError(f"{path} {problem}; delete it and run the same command again.")


def read_json(path: str | Path) -> dict[str, Any]:
    """A JSON file that holds one mapping.

    Raises:
        UserError: it does not.
    """
    with whole(path, "JSON"):
        return dict(json.loads(Path(path).read_text(encoding="utf-8")))


def read_csv(path: str | Path, columns: Iterable[str], *, may_be_empty: bool = False, **options: Any) -> pd.DataFrame:
    """A CSV file whose last line is complete.

    Args:
        path: of the file.
        columns: that it must have.
        may_be_empty: whether it may have no line below its header.
        options: of `pandas.read_csv`.

    Raises:
        UserError: it is not whole, lacks a column or is empty.
    """
    with whole(path, "CSV"):
        if not Path(path).read_bytes().endswith(b"\n"):
            raise ValueError("The last line is cut off.")
        frame = pd.read_csv(path, **options)
    return _checked(frame, path, columns, may_be_empty=may_be_empty)


def read_parquet(path: str | Path, columns: Iterable[str]) -> pd.DataFrame:
    """A Parquet file with columns that it must have, and rows.

    Raises:
        UserError: it is not whole, lacks a column or is empty.
    """
    with whole(path, "Parquet"):
        frame = pd.read_parquet(path)
    return _checked(frame, path, columns)


def _checked(
    frame: pd.DataFrame, path: str | Path, columns: Iterable[str], *, may_be_empty: bool = False
) -> pd.DataFrame:
    missing = [column for column in columns if column not in frame]
    if missing:
        raise unusable(path, f"lacks the column `{missing[0]}`")
    if frame.empty and not may_be_empty:
        raise unusable(path, "holds no line")
    return frame
