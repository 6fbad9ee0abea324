"""Network C2 of Keskar et al. 2017 (C4 on CIFAR-100): VGG-16 for small images, with dropout.

Dropout stands between the convolutions of a stage and before and after the hidden fully connected layer.
"""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from torch import nn

from gengap.models import vgg16

MINIMUM_IMAGE_SIZE = vgg16.MINIMUM_IMAGE_SIZE


def build(in_channels: int, image_size: int, classes: int, options: Mapping[str, Any]) -> nn.Sequential:
    """Make the network, images N×C×H×W to logits N×classes; its weights are yet to be initialised."""
    layers = list(vgg16.build(in_channels, image_size, classes, options).named_children())
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    for (name, layer), following in zip(layers, [*(name for name, _ in layers[1:]), ""], strict=True):
        modules[name] = layer
        if name in ("flatten", "fc1"):
            modules[f"dropout_{name}"] = nn.Dropout(0.5)
        elif name.startswith("conv") and following.startswith("conv"):
            modules[f"dropout_{name}"] = nn.Dropout(0.3 if name == "conv1_1" else 0.4)
    return nn.Sequential(modules)
