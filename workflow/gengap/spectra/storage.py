"""Tables on disk: Parquet files, and those of a job that was stopped before its end."""

import hashlib
import json
import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.runtime.files import atomic_path

logger = logging.getLogger("gengap")


def write_parquet(table: pd.DataFrame, path: str | Path) -> None:
    """Write a table as Parquet, compressed by Zstandard, without its index; the file is whole or absent."""
    with atomic_path(path) as temporary:
        table.to_parquet(temporary, engine="pyarrow", compression="zstd", index=False)


class PartialSpectra:
    """Tables of single fed batches, kept until the whole spectrum is written.

    They lie in a folder of the job's own and carry a stamp of everything that they depend on. One with
    another stamp is deleted and the log says so.
    """

    def __init__(self, folder: str | Path, stamp: Mapping[str, Any]) -> None:
        """Use `folder`, which is made when the first table is written.

        Args:
            folder: the job's own folder.
            stamp: what must be equal for a table to be used again, as JSON can hold it.
        """
        self._folder = Path(folder)
        self._stamp = hashlib.sha256(json.dumps(stamp, sort_keys=True).encode()).hexdigest()[:16]
        stale = [path for path in self._folder.glob("*") if not path.match(f"[0-9]*-{self._stamp}.parquet")]
        if stale:
            logger.warning("Ignoring %d partial result(s) in %s: made by other inputs or code.", len(stale), folder)
            for path in stale:
                path.unlink(missing_ok=True)

    def read(self, fed_batch_size: int) -> pd.DataFrame | None:
        """The table of one fed batch, if an earlier attempt has written it."""
        path = self._path(fed_batch_size)
        if not path.is_file():
            return None
        try:
            table = pd.read_parquet(path)
        except (OSError, ValueError) as error:  # pyarrow's errors are of these kinds
            logger.warning("Ignoring the partial result %s: it cannot be read (%s).", path, error)
            return None
        logger.info("Fed batch of %d: taken from an earlier attempt", fed_batch_size)
        return table

    def write(self, fed_batch_size: int, table: pd.DataFrame) -> None:
        """Keep the table of one fed batch."""
        write_parquet(table, self._path(fed_batch_size))

    def remove(self) -> None:
        """Delete the folder, once the whole spectrum is written."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _path(self, fed_batch_size: int) -> Path:
        return self._folder / f"{fed_batch_size}-{self._stamp}.parquet"
