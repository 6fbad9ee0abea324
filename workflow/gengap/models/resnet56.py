"""ResNet-56 for small images (He et al. 2016, section 4.2): 6n + 2 layers with n = 9, shortcuts of option A."""

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from gengap.models.layers import LayerFactory

STAGE_CHANNELS = (16, 32, 64)
# The two strides of 2 leave one pixel of four.
MINIMUM_IMAGE_SIZE = 4


class Shortcut(nn.Module):
    """The parameter-free shortcut of option A: every `stride`-th pixel, new channels filled with zeros."""

    def __init__(self, new_channels: int, stride: int) -> None:
        super().__init__()
        self.new_channels = new_channels
        self.stride = stride

    def forward(self, inputs: Tensor) -> Tensor:
        """Map N×C×H×W to N×(C + new channels)×⌈H/stride⌉×⌈W/stride⌉."""
        if self.stride == 1 and self.new_channels == 0:
            return inputs
        pixels = inputs[:, :, :: self.stride, :: self.stride]
        return functional.pad(pixels, (0, 0, 0, 0, 0, self.new_channels))


class ResidualBlock(nn.Module):
    """Two 3×3 convolutions whose result is added to the shortcut before the last non-linearity."""

    # Name of the weight layer that this block's addition and activation complete; see `observed_modules`.
    completes = "conv2"

    def __init__(self, inputs: int, outputs: int, stride: int, make: LayerFactory) -> None:
        super().__init__()
        self.conv1 = make.convolution(inputs, outputs, kernel_size=3, padding=1, stride=stride)
        self.conv2 = make.convolution(outputs, outputs, kernel_size=3, padding=1, activated=False)
        self.shortcut = Shortcut(outputs - inputs, stride)
        self.activation = make.activation()
        # That of `rank_limit`, in one block.
        self.projection: nn.Module = nn.Identity()

    def forward(self, inputs: Tensor) -> Tensor:
        """Map N×C×H×W to N×outputs×⌈H/stride⌉×⌈W/stride⌉."""
        return self.projection(self.activation(self.conv2(self.conv1(inputs)) + self.shortcut(inputs)))


class GlobalAveragePooling(nn.Module):
    """The mean over all pixels of each channel."""

    def forward(self, inputs: Tensor) -> Tensor:
        """Map N×C×H×W to N×C."""
        return inputs.mean((2, 3))


def residual_network(
    blocks_per_stage: int, in_channels: int, classes: int, options: Mapping[str, Any]
) -> nn.Sequential:
    """Make a network of 6n + 2 layers, n blocks in each stage, images N×C×H×W to logits N×classes."""
    make = LayerFactory(options)
    channels = make.width(STAGE_CHANNELS[0])
    modules: OrderedDict[str, nn.Module] = OrderedDict()
    modules["conv1"] = make.convolution(in_channels, channels, kernel_size=3, padding=1)
    for stage, stage_channels in enumerate(STAGE_CHANNELS, start=1):
        blocks: OrderedDict[str, nn.Module] = OrderedDict()
        for block in range(1, blocks_per_stage + 1):
            inputs, channels = channels, make.width(stage_channels)
            stride = 2 if stage > 1 and block == 1 else 1
            blocks[f"block{block}"] = ResidualBlock(inputs, channels, stride, make)
        modules[f"stage{stage}"] = nn.Sequential(blocks)
    modules["pool"] = GlobalAveragePooling()
    modules["fc"] = make.output(channels, classes)
    return nn.Sequential(modules)


def build(in_channels: int, image_size: int, classes: int, options: Mapping[str, Any]) -> nn.Sequential:
    """Make the network, images N×C×H×W to logits N×classes; its weights are yet to be initialised."""
    return residual_network(9, in_channels, classes, options)
