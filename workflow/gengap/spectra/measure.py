"""Spectra of the activations of one network, fed batches of several sizes, as a table."""

import logging
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from gengap.models.layers import observed_modules
from gengap.spectra.activations import BatchNormStatistics, ResidualOutput, measuring_copy, visit_activations
from gengap.spectra.fed_batch import fed_batch
from gengap.spectra.rank_bound import rank_bounds
from gengap.spectra.singular_values import mode_singular_values
from gengap.spectra.storage import PartialSpectra
from gengap.training.scaling import InputScaling

logger = logging.getLogger("gengap")

_MODES = ("batch", "channel", "height", "width")
_PROGRESS_SECONDS = 30.0


def measure(
    model: nn.Module,
    train_images: Tensor,
    scaling: InputScaling,
    fed_batch_sizes: Sequence[int],
    device: torch.device | str,
    *,
    residual_output: ResidualOutput = "after_addition",
    batch_norm_statistics: BatchNormStatistics = "running",
    partial: PartialSpectra | None = None,
) -> pd.DataFrame:
    """Singular values of every unfolding of every weight layer's output, and of the input.

    Args:
        model: the network; it is not changed. Everything is computed in float64 and evaluation mode.
        train_images: uint8 N×C×H×W.
        scaling: scaling of the network's inputs.
        fed_batch_sizes: sizes of the batches to feed.
        device: where to compute; one without float64 gives way to the CPU.
        residual_output: where the output of a residual block is taken, see `observed_modules`.
        batch_norm_statistics: those that batch norm uses, see `measuring_copy`.
        partial: keeps the tables of single batches, for a job that is stopped and started again.

    Returns:
        One row per singular value, in the order of fed batch, layer, mode and index: `fed_batch_size`, `layer`,
        `layer_index` (0 for the input), `kind` (`input`, `conv`, `linear`), `mode` (`batch`, `channel`,
        `height`, `width`), `mode_size` (I_n), `thin_size` (min(I_n, product of the others)), `rank_bound`,
        `index` (from 0, descending), `singular_value` (NaN where the network has diverged).

    Raises:
        UserError: the training set is smaller than a batch.
    """
    device = torch.device("cpu") if torch.device(device).type == "mps" else torch.device(device)
    model = measuring_copy(model, device, batch_norm_statistics)
    scaling = scaling.to(device, torch.float64)
    tables = []
    for number, size in enumerate(fed_batch_sizes, start=1):
        table = partial.read(size) if partial else None
        if table is None:
            start = time.monotonic()
            images = scaling(fed_batch(train_images, size).to(device))
            table = measure_batch(model, images, observed_modules(model, residual_output))
            logger.info(
                "Fed batch of %d (%d of %d): %.1f s", size, number, len(fed_batch_sizes), time.monotonic() - start
            )
            if partial:
                partial.write(size, table)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def measure_batch(model: nn.Module, images: Tensor, modules: Mapping[str, nn.Module] | None = None) -> pd.DataFrame:
    """The table of `measure` for one batch.

    Args:
        model: a network in float64 and evaluation mode.
        images: scaled, float64, N×C×H×W, on the network's device.
        modules: parts of the network to measure, see `visit_activations`.
    """
    fed_values = mode_singular_values(images)
    fed_ranks = [_rank(values, images.numel(), size) for values, size in zip(fed_values, images.shape, strict=True)]
    with_ones = torch.cat([images.flatten(1), images.new_ones(len(images), 1)], dim=1)
    affine_rank = _rank(mode_singular_values(with_ones)[0], with_ones.numel(), len(with_ones))
    bounds = rank_bounds(model, images.shape, fed_ranks, affine_rank, modules)

    parts = [_layer_table(0, "input", "input", images.shape, fed_values, fed_ranks)]
    last_message = time.monotonic()

    def visit(name: str, kind: str, output: Tensor) -> None:
        nonlocal last_message
        values = mode_singular_values(output)
        parts.append(_layer_table(len(parts), name, kind, output.shape, values, bounds[name]))
        if time.monotonic() - last_message > _PROGRESS_SECONDS:
            last_message = time.monotonic()
            logger.info("Fed batch of %d: layer %d of %d, %s", len(images), len(parts) - 1, len(bounds), name)

    visit_activations(model, images, visit, modules)
    columns: dict[str, Any] = {"fed_batch_size": np.int32(len(images))}
    columns |= {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return pd.DataFrame(columns)


def _modes(order: int) -> Sequence[str]:
    """Names of the modes of images and their features, or numbers for those of tensors that are neither."""
    return _MODES[:order] if order in (2, 4) else ("batch", *(f"mode {mode}" for mode in range(2, order + 1)))


def _rank(values: Tensor, entries: int, rows: int) -> int:
    """Numerical rank of a matrix from its singular values, with the tolerance of `numpy.linalg.matrix_rank`."""
    tolerance = values[0] * max(rows, entries // rows) * torch.finfo(torch.float64).eps
    return int((values > tolerance).sum())


def _layer_table(
    layer_index: int,
    name: str,
    kind: str,
    shape: Sequence[int],
    mode_values: Sequence[Tensor],
    ranks: Sequence[int],
) -> dict[str, np.ndarray]:
    lengths = [len(values) for values in mode_values]

    def repeated(per_mode: Sequence[Any], dtype: type) -> np.ndarray:
        return np.repeat(np.asarray(per_mode, dtype), lengths)

    return {
        "layer": repeated([name] * len(lengths), object),
        "layer_index": repeated([layer_index] * len(lengths), np.int16),
        "kind": repeated([kind] * len(lengths), object),
        "mode": repeated(_modes(len(lengths)), object),
        "mode_size": repeated(shape, np.int32),
        "thin_size": repeated(lengths, np.int32),
        "rank_bound": repeated(ranks, np.int32),
        "index": np.concatenate([np.arange(length, dtype=np.int32) for length in lengths]),
        "singular_value": torch.cat(list(mode_values)).numpy(),
    }
