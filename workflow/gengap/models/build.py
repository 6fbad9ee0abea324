"""A network by name, with the weights that its seed gives."""

import importlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from gengap.errors import UserError
from gengap.models.initialization import initialize
from gengap.models.rank_limit import limit_rank


def build_model(
    name: str, image_shape: tuple[int, int, int], classes: int, options: Mapping[str, Any], seed: int
) -> nn.Module:
    """Make a network and initialise it on the CPU.

    The module is imported by name, so that the code hash of a job covers the one network that it uses.

    Args:
        name: name of a module of `gengap.models`, see `experiment.model` in the schema of the configuration. Its
            `MINIMUM_IMAGE_SIZE`, if it has one, is the smallest height and width that it can take.
        image_shape: channels, height and width of an image.
        classes: number of classes.
        options: the model options of the configuration; others are ignored.
        seed: seed of the initial weights and of the directions of `rank_limit`.

    Raises:
        UserError: the images are not square, or too small for the network.
    """
    channels, height, width = image_shape
    if height != width:
        raise UserError(
            f"{name} needs square images, but the data set's are {height}×{width} pixels; crop or pad them."
        )
    network = importlib.import_module(f"gengap.models.{name}")
    smallest = getattr(network, "MINIMUM_IMAGE_SIZE", 1)
    if height < smallest:
        raise UserError(
            f"{name} needs images of at least {smallest}×{smallest} pixels, but the data set's are {height}×{width};"
            " scale them up or choose another model."
        )
    model = network.build(channels, height, classes, options)
    initialize(model, options["initialization"], torch.Generator().manual_seed(seed), options["batch_norm_gain"])
    if options["rank_limit"] is not None:
        limit_rank(model, options["rank_limit"], seed)
    return model


def parameter_count(model: nn.Module) -> int:
    """Number of trained parameters, batch norm's gain and shift included."""
    return sum(parameter.numel() for parameter in model.parameters())
