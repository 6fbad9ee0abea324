"""ResNet-44 for small images, the residual network of Hoffer et al. 2017: that of `resnet56` with n = 7.

In their published code a shortcut whose shape changes is a 1×1 convolution with batch norm (661,338 parameters for ten
classes). Here it is He's option A, which has none (658,586).
"""

from collections.abc import Mapping
from typing import Any

from torch import nn

from gengap.models import resnet56

MINIMUM_IMAGE_SIZE = resnet56.MINIMUM_IMAGE_SIZE


def build(in_channels: int, image_size: int, classes: int, options: Mapping[str, Any]) -> nn.Sequential:
    """Make the network, images N×C×H×W to logits N×classes; its weights are yet to be initialised."""
    return resnet56.residual_network(7, in_channels, classes, options)
