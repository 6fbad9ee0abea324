"""Repeats that are already done, kept beside the results until all are: what an interrupted job goes on from."""

import json
import logging
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gengap.runtime.files import atomic_path

logger = logging.getLogger(__name__)

Stamp = Mapping[str, str | int]


def save_block(folder: str | Path, stamp: Stamp, first_repeat: int, values: NDArray[np.float64]) -> None:
    """Write consecutive repeats to one file that is complete or absent.

    Args:
        folder: where it goes; made if need be.
        stamp: all that the values depend on.
        first_repeat: number of the repeat in the first row.
        values: singular values, shape (repeats in this block, columns of the matrices).

    Raises:
        UserError: the file system refuses.
    """
    with atomic_path(Path(folder) / f"repeats_{first_repeat:06d}_{len(values)}.npz") as path:
        np.savez(path, stamp=np.array(_text(stamp)), first_repeat=np.array(first_repeat), values=values)


def load_blocks(folder: str | Path, stamp: Stamp) -> dict[int, NDArray[np.float64]]:
    """Singular values by repeat from all files in the folder with this stamp.

    Files with another stamp and damaged files are ignored, and the log says so.
    """
    done: dict[int, NDArray[np.float64]] = {}
    for path in sorted(Path(folder).glob("repeats_*.npz")):
        try:
            with np.load(path, allow_pickle=False) as block:
                found, first, values = str(block["stamp"]), int(block["first_repeat"]), block["values"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            logger.warning("Ignoring %s, which is damaged (%s)", path, error)
            continue
        if found != _text(stamp):
            logger.warning("Ignoring %s, which was made by other code or with other parameters", path)
            continue
        done.update(enumerate(values, start=first))
    return done


def discard(folder: str | Path) -> None:
    """Remove the folder; the results that it was kept for are complete."""
    shutil.rmtree(folder, ignore_errors=True)


def _text(stamp: Stamp) -> str:
    return json.dumps(stamp, sort_keys=True)
