"""The rows of several networks or experiments as one table."""

from collections.abc import Iterable

import pandas as pd


def joined(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Frames of the same columns below each other; without rows or columns where there is no frame.

    A frame without rows, of networks that all diverged, has lost the types of its columns. It is left out: beside it
    pandas would make truth values objects, which count otherwise.
    """
    frames = list(frames)
    kept = [frame for frame in frames if len(frame)] or frames[:1]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame()
