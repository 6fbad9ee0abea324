"""The batch sizes that networks were fed, and those on which they are compared."""

import pandas as pd


def common_fed_batches(counts: pd.DataFrame) -> list[int]:
    """Sizes of the batches that most networks were fed, several where they tie, ascending.

    A network is known by its seed and its training batch size. Sizes that networks of one training batch size alone
    were fed compare nothing, and count only where no others were trained: so there may be none.
    """
    networks = counts[["fed_batch_size", "seed", "trained_batch_size"]].drop_duplicates()
    compared = networks.groupby("fed_batch_size")["trained_batch_size"].transform("nunique")
    several = min(2, networks["trained_batch_size"].nunique())
    numbers = networks.loc[compared >= several, "fed_batch_size"].value_counts()
    return sorted(int(size) for size in numbers[numbers == numbers.max()].index)


def common_fed_batch(counts: pd.DataFrame) -> int | None:
    """The largest of them, if there are any."""
    return max(common_fed_batches(counts), default=None)


def shown_fed_batch(counts: pd.DataFrame) -> int:
    """The size of the batch on which all networks are compared, or else the largest that any was fed."""
    return common_fed_batch(counts) or int(counts["fed_batch_size"].max())
