"""Network C1 of Keskar et al. 2017 (C3 on CIFAR-100): two 5×5 convolutions, fc 384, fc 192, fc classes.

The network that Hoffer et al. 2017 call shallow pools without padding and before batch norm: of a 32×32 image 3136
numbers instead of 4096 reach its first fully connected layer.
"""

import math
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from torch import nn

from gengap.models.layers import LayerFactory


def build(in_channels: int, image_size: int, classes: int, options: Mapping[str, Any]) -> nn.Sequential:
    """Make the network, images N×C×H×W to logits N×classes; its weights are yet to be initialised."""
    make = LayerFactory(options)
    maps, units1, units2 = make.width(64), make.units(384), make.width(192)
    pooled_size = math.ceil(image_size / 4)
    return nn.Sequential(
        OrderedDict(
            conv1=make.convolution(in_channels, maps, kernel_size=5, padding=2),
            pool1=make.pooling(size=3, padding=1),
            conv2=make.convolution(maps, maps, kernel_size=5, padding=2),
            pool2=make.pooling(size=3, padding=1),
            flatten=nn.Flatten(),
            fc1=make.fully_connected(maps * pooled_size**2, units1),
            dropout1=nn.Dropout(0.5),
            fc2=make.fully_connected(units1, units2),
            dropout2=nn.Dropout(0.5),
            fc3=make.output(units2, classes),
        )
    )
