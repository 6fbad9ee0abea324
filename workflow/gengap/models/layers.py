"""Building blocks of every network: weight layers, pooling, and where a layer's output can be observed."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from torch import Tensor, nn


class WeightLayer(nn.Module):
    """One weight layer: a linear map, then batch norm, the activation and a projection, where the network has them.

    Its output is what section 4.3 of the paper calls the hidden representation of the layer: after batch
    norm and non-linearity, before any pooling.

    Attributes:
        linear_map: the `Conv2d` or `Linear` with the weights.
        norm: batch norm, or `Identity`.
        activation: the non-linearity, or `Identity`.
        projection: that of `rank_limit`, or `Identity`.
    """

    def __init__(self, linear_map: nn.Conv2d | nn.Linear, norm: nn.Module, activation: nn.Module) -> None:
        super().__init__()
        self.linear_map = linear_map
        self.norm = norm
        self.activation = activation
        self.projection: nn.Module = nn.Identity()

    @property
    def kind(self) -> Literal["conv", "linear"]:
        """Whether the output is N×C×H×W (`conv`) or N×C (`linear`)."""
        return "conv" if isinstance(self.linear_map, nn.Conv2d) else "linear"

    def forward(self, inputs: Tensor) -> Tensor:
        """Map N×C×H×W (conv) or N×C (linear) to the layer's output of the same kind."""
        return self.projection(self.activation(self.norm(self.linear_map(inputs))))


class LayerFactory:
    """Makes the layers of one network from the model options of the configuration."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._options = options

    def width(self, channels: int) -> int:
        """Channels or units of a hidden layer under the option `width`: rounded, at least one."""
        return max(1, round(channels * self._options["width"]))

    def units(self, units: int) -> int:
        """Units of the widest hidden fully connected layer: the option `units`, or those that `width` leaves."""
        return self._options["units"] or self.width(units)

    def convolution(
        self, inputs: int, outputs: int, kernel_size: int, *, padding: int = 0, stride: int = 1, activated: bool = True
    ) -> WeightLayer:
        """A convolution with batch norm; without an activation where the caller applies it later."""
        linear_map = nn.Conv2d(inputs, outputs, kernel_size, stride, padding, bias=not self._normalized)
        norm = nn.BatchNorm2d(outputs, **self._batch_norm) if self._normalized else nn.Identity()
        return WeightLayer(linear_map, norm, self.activation() if activated else nn.Identity())

    def fully_connected(self, inputs: int, outputs: int) -> WeightLayer:
        """A hidden fully connected layer with batch norm and activation."""
        linear_map = nn.Linear(inputs, outputs, bias=not self._normalized)
        norm = nn.BatchNorm1d(outputs, **self._batch_norm) if self._normalized else nn.Identity()
        return WeightLayer(linear_map, norm, self.activation())

    def output(self, inputs: int, classes: int) -> WeightLayer:
        """The output layer: logits, without batch norm or activation, never scaled by `width`."""
        return WeightLayer(nn.Linear(inputs, classes), nn.Identity(), nn.Identity())

    def activation(self) -> nn.Module:
        """ReLU, or the identity of the linear networks (section 5.4.3 of the paper)."""
        return {"relu": nn.ReLU, "identity": nn.Identity}[self._options["activation"]]()

    def pooling(self, size: int = 2, padding: int = 0) -> nn.Module:
        """Pooling of size×size pixels with stride 2; without padding a last odd row or column is dropped."""
        return {"max": nn.MaxPool2d, "average": nn.AvgPool2d}[self._options["pooling"]](size, 2, padding)

    @property
    def _normalized(self) -> bool:
        return self._options["normalization"] == "batch"

    @property
    def _batch_norm(self) -> dict[str, Any]:
        return {"momentum": self._options["batch_norm_momentum"], "eps": self._options["batch_norm_epsilon"]}


def weight_layers(model: nn.Module) -> dict[str, WeightLayer]:
    """The weight layers of a network by name, in the order of the forward pass."""
    return {name: module for name, module in model.named_modules() if isinstance(module, WeightLayer)}


def observed_modules(
    model: nn.Module, residual: Literal["after_addition", "before_addition"] = "after_addition"
) -> dict[str, nn.Module]:
    """The modules whose outputs are the layers' outputs, by the name of the weight layer, in forward order.

    That is the weight layer itself, but for the last one of a residual block: its non-linearity follows the
    addition of the shortcut, so its output is either the block's (`after_addition`: batch norm, addition,
    non-linearity) or its own (`before_addition`: batch norm only). The paper does not say which it took.

    A block says which of its children it completes by an attribute `completes`.
    """
    observed: dict[str, nn.Module] = dict(weight_layers(model))
    if residual == "after_addition":
        observed |= dict(_completed_layers(model))
    return observed


def _completed_layers(model: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    for name, module in model.named_modules():
        if hasattr(module, "completes"):
            yield f"{name}.{module.completes}", module
