"""What the jobs share that measure one trained network: the network, its loss, and what identifies the rows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn

from gengap.data.store import ImageDataset, load
from gengap.minima.objective import Objective, measured_images, norm_growth
from gengap.runtime.device import computing_device
from gengap.spectra.activations import BatchNormStatistics
from gengap.spectra.network import initial_network, load_weights
from gengap.training.scaling import input_scaling


@dataclass(frozen=True)
class Trained:
    """A trained network, and the images that its loss is of.

    Attributes:
        model: the network.
        initial: the same network before training.
        dataset: its data set.
        input_scaling: the option.
        images: number of training images that the loss is of.
        device: where to compute.
        seed: of the training; what is random in a measurement is drawn from it, too.
    """

    model: nn.Module
    initial: nn.Module
    dataset: ImageDataset
    input_scaling: str
    images: int
    device: torch.device
    seed: int

    def objective(self, batch_norm_statistics: BatchNormStatistics = "running") -> Objective:
        """The loss as a function of the parameters."""
        images, labels = measured_images(self.dataset, self.images)
        scaling = input_scaling(self.input_scaling, self.dataset.train_images)
        return Objective(self.model, images, labels, scaling, self.device, batch_norm_statistics)

    @property
    def normalized(self) -> bool:
        """Whether it has batch norm."""
        return any(isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) for module in self.model.modules())

    @property
    def growth(self) -> np.ndarray:
        """See `norm_growth`."""
        return norm_growth(self.model, self.initial)


def measure_run(
    network: Mapping[str, Any],
    weights: str | Path,
    data: str | Path,
    settings: Mapping[str, Any],
    measure: Callable[[Trained, Mapping[str, Any]], pd.DataFrame],
) -> pd.DataFrame:
    """Measure one trained network on the device that its `compute` asks for.

    Args:
        network: specification of the network, see `Plan.network`.
        weights: file of its weights.
        data: file of its data set.
        settings: `minima` of the configuration, or those of it that matter.
        measure: gives the rows.

    Raises:
        UserError: the device is not there, a file cannot be read, or the training set is smaller than asked for.
    """
    dataset = load(data)
    model = initial_network(network, dataset)
    load_weights(model, weights)
    with computing_device(network["compute"]) as device:
        trained = Trained(
            model,
            initial_network(network, dataset),
            dataset,
            network["options"]["input_scaling"],
            settings["images"],
            device,
            network["seed"],
        )
        return measure(trained, settings)
