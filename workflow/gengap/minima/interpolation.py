"""Loss and error on the line through two trained networks (Keskar et al. 2017, Figure 3; Goodfellow et al. 2015)."""

import copy
from collections.abc import Sequence

import pandas as pd
import torch
from torch import Tensor, nn

from gengap.data.store import ImageDataset
from gengap.minima.objective import measured_images
from gengap.spectra.calibration import calibrate_batch_norm
from gengap.spectra.fed_batch import fed_order
from gengap.training.evaluate import evaluate
from gengap.training.precision import full_float32
from gengap.training.scaling import input_scaling

SPAN = (-1.0, 2.0)
"""The values of α at the ends of the line that is drawn."""


def interpolation(
    first: nn.Module,
    second: nn.Module,
    dataset: ImageDataset,
    kind: str,
    *,
    count: int,
    points: int,
    calibration_batch_size: int,
    device: torch.device,
) -> pd.DataFrame:
    """Loss and error of the networks with the parameters α·(those of `second`) + (1 − α)·(those of `first`).

    Args:
        first: network at α = 0; `second` at α = 1, of the same kind. Both are float32 and do not change.
        second: see `first`.
        dataset: whose images are evaluated.
        kind: the option `input_scaling`.
        count: number of training images, and of test images if there are as many.
        points: values of α from −1 to 2, evenly spaced; 0 and 1 are added where they are not among them.
        calibration_batch_size: of `calibrate_batch_norm`.
        device: where to compute.

    Returns:
        `alpha`, `batch_norm_statistics`, `train_cross_entropy`, `train_error_percent` and the same of `test`, in
        evaluation mode. The running statistics are `interpolated` as the parameters are (a variance is at least zero),
        or those of the training images at this α (`recalibrated`); a network without batch norm has `none`.
    """
    images, labels = measured_images(dataset, count)
    order = fed_order(len(dataset.test_images))[:count]
    parts = {"train": (images, labels), "test": (dataset.test_images[order], dataset.test_labels[order])}
    parts = {name: (one.to(device), other.to(device)) for name, (one, other) in parts.items()}
    scaling = input_scaling(kind, dataset.train_images)
    on_device = scaling.to(device, torch.float32)
    model = copy.deepcopy(first).to(device)
    normalized = any(isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d) for module in model.modules())
    rows = []
    for alpha in sorted({0.0, 1.0, *_evenly(points)}):
        model.load_state_dict(between(first, second, alpha))
        for statistics in ("interpolated", "recalibrated") if normalized else ("none",):
            if statistics == "recalibrated":
                calibrate_batch_norm(model, images, scaling, calibration_batch_size, device)
            row = {"alpha": alpha, "batch_norm_statistics": statistics}
            with full_float32():
                for name, part in parts.items():
                    found = evaluate(model, *part, on_device)
                    row[f"{name}_cross_entropy"] = found.cross_entropy
                    row[f"{name}_error_percent"] = found.error_percent
            rows.append(row)
    return pd.DataFrame(rows)


def between(first: nn.Module, second: nn.Module, alpha: float) -> dict[str, Tensor]:
    """State of the network at α on the line; what is not of floating point is the first network's."""
    ends = second.state_dict()
    state = {}
    for name, start in first.state_dict().items():
        state[name] = start + alpha * (ends[name] - start) if start.is_floating_point() else start
        if name.endswith("running_var"):
            state[name] = state[name].clamp(min=0)
    return state if alpha != 1 else dict(ends)


def _evenly(points: int) -> Sequence[float]:
    low, high = SPAN
    return [low + (high - low) * number / (points - 1) for number in range(points)]
