"""The count of near-zero singular values when the forward pass is computed with fewer digits.

TensorFloat-32 and bfloat16 are simulated, so that the result is the same on every machine: the factors of each product
in a convolution or fully connected layer are rounded to 10 and 7 explicit bits of the mantissa, the sums are float32,
and under bfloat16 the results of these layers and of batch norm are rounded too.
"""

import copy
from collections.abc import Callable

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from gengap.errors import UserError
from gengap.models.layers import observed_modules
from gengap.spectra.activations import ResidualOutput, measuring_copy, visit_activations
from gengap.spectra.counts import layer_counts, totals
from gengap.spectra.fed_batch import fed_batch
from gengap.spectra.measure import measure_batch
from gengap.training.precision import full_float32
from gengap.training.scaling import InputScaling

PRECISIONS = ("float64", "float32", "float32_svd", "tf32", "bf16")
"""Of the forward pass, the decomposition in float64; `float32_svd`: both in float32."""

_TF32_DROPPED_BITS = 13


def to_tf32(values: Tensor) -> Tensor:
    """Float32 values rounded to TensorFloat-32, 10 explicit bits of the mantissa, ties to even."""
    bits = values.contiguous().view(torch.int32)
    half = (1 << (_TF32_DROPPED_BITS - 1)) - 1
    rounded = bits + half + ((bits >> _TF32_DROPPED_BITS) & 1)
    rounded = (rounded >> _TF32_DROPPED_BITS) << _TF32_DROPPED_BITS
    return torch.where(values.isfinite(), rounded.view(torch.float32), values)


def to_bf16(values: Tensor) -> Tensor:
    """Float32 values rounded to bfloat16, ties to even."""
    return values.to(torch.bfloat16).to(torch.float32)


def precision_counts(
    model: nn.Module,
    train_images: Tensor,
    scaling: InputScaling,
    fed_batch_size: int,
    thresholds: list[float],
    device: torch.device,
    residual_output: ResidualOutput = "after_addition",
) -> pd.DataFrame:
    """Counts of one network fed one batch, its forward pass in each of `PRECISIONS`.

    Args:
        model: the network; it is not changed.
        train_images: uint8 N×C×H×W.
        scaling: scaling of the network's inputs.
        fed_batch_size: number of images of the fed batch.
        thresholds: absolute thresholds.
        device: where to compute; one without float64 gives way to the CPU.
        residual_output: see `observed_modules`.

    Returns:
        What `gengap.spectra.counts.totals` returns, with `precision`.

    Raises:
        UserError: the training set is smaller than the batch.
    """
    if fed_batch_size > len(train_images):
        raise UserError(
            f"`audit.fed_batch_size` is {fed_batch_size}, but the training set has {len(train_images)} images;"
            " lower it."
        )
    device = torch.device("cpu") if device.type == "mps" else device
    images = scaling.to(device, torch.float64)(fed_batch(train_images, fed_batch_size).to(device))
    single = copy.deepcopy(model).to(device, torch.float32).eval()
    spectra = {"float64": _measured(measuring_copy(model, device), images, residual_output)}
    images = images.float()
    with full_float32():
        spectra["float32"] = _measured(single, images, residual_output)
        values = _float32_values(single, images, residual_output)
        spectra["float32_svd"] = spectra["float32"].assign(singular_value=values)
        spectra["tf32"] = _measured(_rounding(single, to_tf32, results=False), images, residual_output)
        spectra["bf16"] = _measured(_rounding(single, to_bf16, results=True), images, residual_output)
    floors = spectra["float64"]["rank_bound"]
    tables = [
        totals(layer_counts(table.assign(rank_bound=floors), thresholds, [])).assign(precision=precision)
        for precision, table in spectra.items()
    ]
    return pd.concat(tables, ignore_index=True)


def _measured(model: nn.Module, images: Tensor, residual_output: ResidualOutput) -> pd.DataFrame:
    return measure_batch(model, images, observed_modules(model, residual_output))


def _rounding(model: nn.Module, rounded: Callable[[Tensor], Tensor], *, results: bool) -> nn.Module:
    """A copy of a float32 network that rounds what it multiplies, and its results if asked to."""
    model = copy.deepcopy(model)
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            module.weight.data = rounded(module.weight.data)
            module.register_forward_pre_hook(lambda _module, inputs: tuple(rounded(value) for value in inputs))
        if results and isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm1d | nn.BatchNorm2d):
            module.register_forward_hook(lambda _module, _inputs, output: rounded(output))
    return model


def _float32_values(model: nn.Module, images: Tensor, residual_output: ResidualOutput) -> np.ndarray:
    """Singular values by a float32 decomposition, in the order of the rows of `measure_batch`."""
    parts = _unfolded_values(images)

    def visit(_name: str, _kind: str, output: Tensor) -> None:
        parts.extend(_unfolded_values(output))

    visit_activations(model, images, visit, observed_modules(model, residual_output))
    return torch.cat(parts).double().numpy()


def _unfolded_values(tensor: Tensor) -> list[Tensor]:
    if not tensor.isfinite().all():
        # Of a network that diverged, as in `mode_singular_values`.
        return [torch.full((min(size, tensor.numel() // size),), torch.nan) for size in tensor.shape]
    unfoldings = [tensor.movedim(mode, 0).flatten(1) for mode in range(tensor.ndim)]
    # A wide matrix has the values of the square triangle of its transpose, and costs far less that way.
    triangles = [torch.linalg.qr(matrix.mT if matrix.shape[0] < matrix.shape[1] else matrix).R for matrix in unfoldings]
    # The default on CUDA is a Jacobi method that stops at a tolerance near the thresholds.
    driver = "gesvd" if tensor.is_cuda else None
    return [torch.linalg.svdvals(triangle, driver=driver).cpu() for triangle in triangles]
