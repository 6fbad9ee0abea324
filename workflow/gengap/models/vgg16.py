"""VGG-16 for small images, as in the paper's reference 36: 13 convolutions, fc 512, fc classes."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from torch import nn

from gengap.models.layers import LayerFactory

# Channels and number of 3×3 convolutions of each stage (Simonyan and Zisserman 2015, configuration D).
STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
# Smaller images leave nothing after the fifth pooling.
MINIMUM_IMAGE_SIZE = 2 ** len(STAGES)


def build(in_channels: int, image_size: int, classes: int, options: Mapping[str, Any]) -> nn.Sequential:
    """Make the network, images N×C×H×W to logits N×classes; its weights are yet to be initialised."""
    make = LayerFactory(options)
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    channels = in_channels
    for stage, (stage_channels, depth) in enumerate(STAGES, start=1):
        for layer in range(1, depth + 1):
            inputs, channels = channels, make.width(stage_channels)
            modules[f"conv{stage}_{layer}"] = make.convolution(inputs, channels, kernel_size=3, padding=1)
        modules[f"pool{stage}"] = make.pooling()
    units = make.units(512)
    pooled_size = image_size // 2 ** len(STAGES)
    modules["flatten"] = nn.Flatten()
    modules["fc1"] = make.fully_connected(channels * pooled_size**2, units)
    modules["fc2"] = make.output(units, classes)
    return nn.Sequential(modules)
