"""Batch-norm statistics of a network that was never trained."""

import torch
from torch import Tensor, nn

from gengap.errors import UserError
from gengap.spectra.fed_batch import fed_order
from gengap.training.precision import full_float32
from gengap.training.scaling import InputScaling


@torch.no_grad()
def calibrate_batch_norm(
    model: nn.Module, train_images: Tensor, scaling: InputScaling, batch_size: int, device: torch.device | str
) -> None:
    """Set the running statistics to their averages over one pass through the training set, in place.

    With the initial statistics 0 and 1 an untrained network has units that are dead and would not be if its
    activations were normalized: not a fair control for a trained one.

    The batches have at most `batch_size` images and sizes that differ by one at most, so that a small last one
    weighs no more than its share. The parameters do not change; the model ends on `device` in evaluation mode.

    Args:
        model: a network in float32.
        train_images: uint8 N×C×H×W.
        scaling: scaling of its inputs.
        batch_size: largest number of images per batch.
        device: where to compute.

    Raises:
        UserError: a batch would have one image, of which a fully connected layer has no variance.
    """
    model.to(device).eval()
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)]
    if not norms:
        return
    batches = fed_order(len(train_images)).tensor_split(-(-len(train_images) // batch_size))
    if len(batches[-1]) < 2:
        raise UserError(
            f"Batch norm cannot be calibrated on batches of one image ({len(train_images)} training images,"
            f" `spectra.calibration_batch_size` {batch_size}); set it to 2 or more."
        )
    momenta = [norm.momentum for norm in norms]
    scaling = scaling.to(torch.device(device), torch.float32)
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # PyTorch's word for the cumulative average
        norm.train()
    with full_float32():
        for batch in batches:
            model(scaling(train_images[batch].to(device)))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    model.eval()
