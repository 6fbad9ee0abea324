"""What the two jobs that measure spectra share: the network, and the file that they write."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import nn

from gengap.data.store import ImageDataset
from gengap.errors import UserError
from gengap.models.build import build_model
from gengap.runtime.files import sha256
from gengap.spectra.calibration import calibrate_batch_norm
from gengap.spectra.measure import measure
from gengap.spectra.storage import PartialSpectra, write_parquet
from gengap.training.scaling import input_scaling


def initial_network(network: Mapping[str, Any], dataset: ImageDataset) -> nn.Module:
    """The network as training starts from it, in float32 on the CPU.

    Args:
        network: `model`, `options` and `seed`.
        dataset: its images and classes fix the network's ends.
    """
    _, channels, height, width = dataset.train_images.shape
    shape = (channels, height, width)
    return build_model(network["model"], shape, len(dataset.classes), network["options"], network["seed"])


def load_weights(model: nn.Module, weights: str | Path) -> str:
    """Load a run's weights into its network, after comparing the file with the checksum beside it.

    Returns:
        The file's SHA-256.

    Raises:
        UserError: the file or its checksum is missing or damaged, or it belongs to another network.
    """
    weights = Path(weights)
    again = f"delete the folder {weights.parent} and run the same command again to train anew"
    try:
        actual, expected = sha256(weights), Path(f"{weights}.sha256").read_text(encoding="utf-8").split()[:1]
    except FileNotFoundError as error:
        raise UserError(f"The weights {weights} are not complete, {error.filename} is missing: {again}.") from None
    if expected != [actual]:
        raise UserError(f"The weights {weights} do not match their checksum {weights.name}.sha256: {again}.")
    try:
        model.load_state_dict(safetensors.torch.load_file(weights))
    except (safetensors.SafetensorError, RuntimeError) as error:
        raise UserError(f"The weights {weights} do not fit the network ({error}): {again}.") from error
    return actual


def calibrate(
    model: nn.Module, network: Mapping[str, Any], dataset: ImageDataset, batch_size: int, device: torch.device
) -> None:
    """Set an untrained network's batch-norm statistics, see `calibrate_batch_norm`."""
    scaling = input_scaling(network["options"]["input_scaling"], dataset.train_images)
    calibrate_batch_norm(model, dataset.train_images, scaling, batch_size, device)


def write_spectrum(
    model: nn.Module,
    network: Mapping[str, Any],
    dataset: ImageDataset,
    fed_batch_sizes: Sequence[int],
    device: torch.device,
    output: str | Path,
    *,
    partial: str | Path,
    stamp: Mapping[str, Any],
) -> None:
    """Measure a network and write its spectrum; an attempt that was stopped is continued.

    Args:
        model: the network, with the weights and statistics to measure.
        network: `options`, `residual_output` and `batch_norm_statistics` of the configuration.
        dataset: where the fed batches come from.
        fed_batch_sizes: sizes of the batches to feed.
        device: where to compute.
        output: the Parquet file, see `gengap.spectra.measure.measure` for its columns.
        partial: folder for the results of an attempt that is stopped.
        stamp: what these depend on besides `network`: code, weights, data.

    Raises:
        UserError: the training set is smaller than a batch.
    """
    kept = PartialSpectra(partial, {**stamp, "network": network})
    table = measure(
        model,
        dataset.train_images,
        input_scaling(network["options"]["input_scaling"], dataset.train_images),
        fed_batch_sizes,
        device,
        residual_output=network["residual_output"],
        batch_norm_statistics=network["batch_norm_statistics"],
        partial=kept,
    )
    write_parquet(table, output)
    kept.remove()
