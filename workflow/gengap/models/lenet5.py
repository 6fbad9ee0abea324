"""LeNet-5 in the variant of the paper's reference 36: conv 20 - conv 50 - fc 500 - fc classes."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from torch import nn

from gengap.models.layers import LayerFactory

# Smaller images leave nothing after the second pooling.
MINIMUM_IMAGE_SIZE = 16


def build(in_channels: int, image_size: int, classes: int, options: Mapping[str, Any]) -> nn.Sequential:
    """Make the network, images N×C×H×W to logits N×classes; its weights are yet to be initialised."""
    make = LayerFactory(options)
    maps1, maps2, units = make.width(20), make.width(50), make.units(500)
    pooled_size = ((image_size - 4) // 2 - 4) // 2
    return nn.Sequential(
        OrderedDict(
            conv1=make.convolution(in_channels, maps1, kernel_size=5),
            pool1=make.pooling(),
            conv2=make.convolution(maps1, maps2, kernel_size=5),
            pool2=make.pooling(),
            flatten=nn.Flatten(),
            fc1=make.fully_connected(maps2 * pooled_size**2, units),
            fc2=make.output(units, classes),
        )
    )
