"""Trained networks that the audit feeds again."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn

from gengap.analysis.frames import joined
from gengap.data.store import load
from gengap.runtime.device import computing_device
from gengap.spectra.network import initial_network, load_weights
from gengap.training.scaling import InputScaling, input_scaling

# From a network, the training images, their scaling, the training batch size and the device to rows of a table.
Measure = Callable[[nn.Module, Tensor, InputScaling, int, torch.device], pd.DataFrame]


def measure_again(
    network: Mapping[str, Any],
    runs: Sequence[tuple[str, int, int]],
    weights: Sequence[str | Path],
    data: str | Path,
    measure: Measure,
) -> pd.DataFrame:
    """Measure trained networks of one experiment, on the device that its `compute` asks for.

    Args:
        network: specification of the network, see `Plan.network`.
        runs: experiment, batch size and seed of each network.
        weights: file of the weights of each.
        data: file of their data set.
        measure: gives the rows of one network.

    Returns:
        All rows, with `experiment`, `seed` and `trained_batch_size`.

    Raises:
        UserError: the device is not there, or a file cannot be read.
    """
    dataset = load(data)
    scaling = input_scaling(network["options"]["input_scaling"], dataset.train_images)
    tables = []
    with computing_device(network["compute"]) as device:
        for (experiment, batch_size, seed), path in zip(runs, weights, strict=True):
            model = initial_network(network, dataset)
            load_weights(model, path)
            table = measure(model, dataset.train_images, scaling, batch_size, device)
            tables.append(table.assign(experiment=experiment, seed=seed, trained_batch_size=batch_size))
    return joined(tables)
