"""Network F1 of Keskar et al. 2017: five fully connected hidden layers of 512 units, then the classes."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from torch import nn

from gengap.models.layers import LayerFactory

HIDDEN_LAYERS = 5


def build(in_channels: int, image_size: int, classes: int, options: Mapping[str, Any]) -> nn.Sequential:
    """Make the network, images N×C×H×W to logits N×classes; its weights are yet to be initialised.

    All hidden layers are equally wide, so `units` is the width of all of them.
    """
    make = LayerFactory(options)
    inputs, units = in_channels * image_size**2, make.units(512)
    modules: OrderedDict[str, nn.Module] = OrderedDict(flatten=nn.Flatten())
    for layer in range(1, HIDDEN_LAYERS + 1):
        modules[f"fc{layer}"] = make.fully_connected(inputs, units)
        inputs = units
    modules[f"fc{HIDDEN_LAYERS + 1}"] = make.output(units, classes)
    return nn.Sequential(modules)
