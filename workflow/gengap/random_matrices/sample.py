"""Singular values of many random matrices of one law and size; an interrupted job goes on where it stopped."""

import logging
import time
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gengap.errors import UserError
from gengap.random_matrices.law import load_law
from gengap.random_matrices.partial import Stamp, load_blocks, save_block
from gengap.random_matrices.streams import stream

logger = logging.getLogger(__name__)

SAVE_SECONDS = 20.0
"""Work that a kill may cost, and the time between two lines in the log."""


def sample(
    law: str,
    rows: int,
    columns: int,
    repeats: int,
    seed: int,
    partial_dir: str | Path,
    *,
    code: str = "",
    threads: int = 1,
    save_seconds: float = SAVE_SECONDS,
) -> pd.DataFrame:
    """Singular values of independent random matrices.

    Args:
        law: name of a module in `gengap.random_matrices.laws`.
        rows: rows of each matrix.
        columns: columns of each matrix, at most `rows`.
        repeats: number of matrices.
        seed: of the whole sample; each matrix has its own stream of random numbers (`streams.stream`).
        partial_dir: folder for finished repeats. It stays after an interruption; the caller calls `discard`
            on it (`gengap.random_matrices.partial`) once the result is on disk.
        code: hash of the code; finished repeats of other code are not used.
        threads: CPU threads of PyTorch, for the laws that use it.
        save_seconds: least time between two savings.

    Returns:
        `repeat` (int32, from 0), `index` (int32, from 0 in descending order of the values) and
        `singular_value` (float64), sorted by the first two: repeats x columns lines.

    Raises:
        UserError: unknown law, impossible size or number, or no room for partial results.
    """
    _check(rows, columns, repeats, seed)
    distribution = load_law(law)
    stamp: Stamp = {
        "law": law,
        "rows": rows,
        "columns": columns,
        "seed": seed,
        "code": code,
        "threads": threads,
    }
    done = {repeat: values for repeat, values in load_blocks(partial_dir, stamp).items() if repeat < repeats}
    if done:
        logger.info("%d of %d matrices were already done", len(done), repeats)
    waiting = [repeat for repeat in range(repeats) if repeat not in done]
    block: list[NDArray[np.float64]] = []
    started = saved = time.monotonic()
    for position, repeat in enumerate(waiting, start=1):
        generator = stream(seed, law, rows, columns, repeat)
        done[repeat] = distribution.singular_values(rows, columns, generator, threads)
        block.append(done[repeat])
        now = time.monotonic()
        # A file holds consecutive repeats, so a repeat that is already done ends it too.
        if now - saved >= save_seconds or repeat + 1 in done:
            if position < len(waiting):
                save_block(partial_dir, stamp, repeat + 1 - len(block), np.stack(block))
            block, saved = [], now
            left = (now - started) / position * (len(waiting) - position)
            logger.info("%s %d x %d: %d of %d matrices, %.0f s left", law, rows, columns, len(done), repeats, left)
    logger.info("%s %d x %d: %d matrices in %.1f s", law, rows, columns, len(waiting), time.monotonic() - started)
    return _frame(np.stack([done[repeat] for repeat in range(repeats)]))


def extremes(spectrum: pd.DataFrame) -> pd.DataFrame:
    """Smallest and largest singular value of each repeat: `repeat`, `sigma_min`, `sigma_max`.

    Args:
        spectrum: as `sample` returns it.
    """
    groups = spectrum.groupby("repeat", sort=True)["singular_value"]
    return groups.agg(sigma_min="min", sigma_max="max").reset_index()


def _frame(values: NDArray[np.float64]) -> pd.DataFrame:
    repeats, columns = values.shape
    return pd.DataFrame(
        {
            "repeat": np.repeat(np.arange(repeats, dtype=np.int32), columns),
            "index": np.tile(np.arange(columns, dtype=np.int32), repeats),
            "singular_value": values.ravel(),
        }
    )


def _check(rows: int, columns: int, repeats: int, seed: int) -> None:
    if columns < 1 or repeats < 1:
        raise UserError(f"{repeats} random matrices of {rows} x {columns}: sizes and repeats start at 1.")
    if rows < columns:
        raise UserError(
            f"Random matrices of {rows} x {columns} are wider than tall; write {columns} x {rows}"
            " (the singular values are the same)."
        )
    if seed < 0:
        raise UserError(f"The seed of the random matrices is {seed}; choose 0 or more.")
