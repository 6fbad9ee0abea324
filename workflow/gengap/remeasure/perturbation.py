"""Proposition 3 of the paper, evaluated on the fully connected layers of trained linear networks.

The proposition: in a linear network with parameters θ, a small change ΔH of the activations H (h x b) of a layer
changes the solution θ by Δθ with ‖Δθ‖/‖θ‖ ≤ Σ_i ‖ΔH‖ ‖v_i u_iᵀ‖ / σ_i, the sum over the r nonzero singular values of
H. Since ‖v_i u_iᵀ‖ = 1 this is ‖ΔH‖ Σ_i 1/σ_i, and by equation (10) already ‖ΔH‖ / σ_r bounds the change.

Its proof takes Y = θX with a square, invertible θ, asks for Y = (θ + Δθ)(X + ΔX), drops ΔθΔX and multiplies
ΔθX = -θΔX by the pseudo-inverse X⁺. That step needs X X⁺ = I, that is rank h and so b ≥ h; that ΔθX = -θΔX has a
solution for every ΔX needs X⁺X = I, that is rank b. Both hold for square, invertible X only.

What is evaluated: H is the input of each layer of the network's fully connected part and θ the product of the maps
from there to the logits, batch norm in evaluation mode included, with constant terms moved to Y (the paper has none).
What lies before, max-pooling in particular, is not linear. Δθ is the change of least norm that restores Y best,
-θΔH (H + ΔH)⁺: the exact problem of equation (6), of which the proof's -θΔH H⁺ is the first order. Norms are spectral.
"""

from collections.abc import Iterator, Sequence
from typing import cast

import pandas as pd
import torch
from torch import Tensor, nn

from gengap.errors import UserError
from gengap.models.layers import WeightLayer, weight_layers
from gengap.spectra.activations import measuring_copy, visit_activations
from gengap.spectra.fed_batch import fed_batch
from gengap.training.scaling import InputScaling

RELATIVE_CHANGES = (1e-8, 1e-4, 1e-2)
"""‖ΔH‖/‖H‖ of the changes of the activations, in the spectral norm."""
DRAWS = 3
"""Random directions of each size; the largest change of the solution is kept."""

COLUMNS = (
    "fed_batch_size", "layer", "width", "rank", "sigma_max", "sigma_min", "full_row_rank", "full_column_rank",
    "relative_change", "first_order", "measured", "bound", "tighter_bound", "holds",
)  # fmt: skip


def evaluate(
    model: nn.Module, train_images: Tensor, scaling: InputScaling, fed_batch_size: int, device: torch.device
) -> pd.DataFrame:
    """The bound and what it bounds for every layer of a network's fully connected part.

    Args:
        model: a network without non-linear activations; it is not changed.
        train_images: uint8 N×C×H×W.
        scaling: scaling of the network's inputs.
        fed_batch_size: number of images of the fed batch.
        device: where to compute; one without float64 gives way to the CPU.

    Returns:
        One row per layer and size of the change: `fed_batch_size`, `layer` (whose input is H), `width` (h), `rank`,
        `sigma_max`, `sigma_min` (of the nonzero ones), `full_row_rank` (X X⁺ = I), `full_column_rank` (X⁺X = I),
        `relative_change`, `first_order` and `measured` (‖Δθ‖/‖θ‖ of the proof and of the exact problem, largest
        over the directions), `bound` (equation 5), `tighter_bound` (equation 10), `holds`. No rows for a network that
        has diverged.

    Raises:
        UserError: the training set is smaller than the batch, or the layers are not linear.
    """
    device = torch.device("cpu") if device.type == "mps" else device
    model = measuring_copy(model, device)
    images = scaling.to(device, torch.float64)(fed_batch(train_images, fed_batch_size).to(device))
    rows = []
    for name, activations, theta in _linear_problems(model, images):
        if not (activations.isfinite().all() and theta.isfinite().all()):
            return pd.DataFrame(columns=COLUMNS)
        rows += [{"fed_batch_size": fed_batch_size, "layer": name} | row for row in _changes(activations, theta)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _linear_problems(model: nn.Module, images: Tensor) -> Iterator[tuple[str, Tensor, Tensor]]:
    """Name, H (h x b) and θ (classes x h) of each fully connected layer, in forward order."""
    layers = {name: layer for name, layer in weight_layers(model).items() if layer.kind == "linear"}
    if any(not isinstance(layer.activation, nn.Identity) for layer in layers.values()):
        raise UserError("Proposition 3 is about linear networks, but this one has non-linear activations.")
    inputs: dict[str, Tensor] = {}
    outputs: dict[str, Tensor] = {}
    hooks = [
        layer.register_forward_pre_hook(lambda _module, args, name=name: inputs.update({name: args[0].mT}))
        for name, layer in layers.items()
    ]
    try:
        visit_activations(model, images, lambda name, _kind, output: outputs.update({name: output.mT}))
    finally:
        for hook in hooks:
            hook.remove()
    theta, maps = None, {}
    for name, layer in reversed(layers.items()):
        theta = _matrix(layer) if theta is None else theta @ _matrix(layer)
        maps[name] = theta
    logits = outputs[list(layers)[-1]]
    for name in layers:
        rest = logits - maps[name] @ inputs[name]
        if float((rest - rest[:, :1]).abs().max()) > 1e-8 * float(logits.abs().max()):
            raise UserError(f"What follows `{name}` is not linear; Proposition 3 cannot be evaluated on this network.")
        yield name, inputs[name], maps[name]


def _matrix(layer: WeightLayer) -> Tensor:
    """The linear part of a fully connected layer in evaluation mode, outputs x inputs."""
    matrix = layer.linear_map.weight.detach()
    if isinstance(layer.norm, nn.BatchNorm1d):
        variance = cast("Tensor", layer.norm.running_var)
        gain = layer.norm.weight.detach() / (variance + layer.norm.eps).sqrt()
        matrix = gain[:, None] * matrix
    return layer.projection(matrix.mT).mT


def _changes(
    activations: Tensor, theta: Tensor, relative_changes: Sequence[float] = RELATIVE_CHANGES, draws: int = DRAWS
) -> Iterator[dict[str, object]]:
    width, batch = activations.shape
    values, inverse = _pseudo_inverse(activations)
    nonzero = values[values > _tolerance(values, activations)]
    rank = len(nonzero)
    scale = float(torch.linalg.matrix_norm(theta, 2))
    directions = [_direction(activations, seed) for seed in range(draws)]
    for relative in relative_changes:
        size = relative * float(values[0])
        first_order = measured = 0.0
        for direction in directions:
            change = size * direction
            restored = -theta @ change
            exact = _pseudo_inverse(activations + change)[1]
            first_order = max(first_order, float(torch.linalg.matrix_norm(restored @ inverse, 2)) / scale)
            measured = max(measured, float(torch.linalg.matrix_norm(restored @ exact, 2)) / scale)
        bound = size * float((1 / nonzero).sum())
        yield {
            "width": width,
            "rank": rank,
            "sigma_max": float(values[0]),
            "sigma_min": float(nonzero[-1]),
            "full_row_rank": rank == width,
            "full_column_rank": rank == batch,
            "relative_change": relative,
            "first_order": first_order,
            "measured": measured,
            "bound": bound,
            "tighter_bound": size / float(nonzero[-1]),
            "holds": measured <= bound * (1 + 1e-6),
        }


def _direction(like: Tensor, seed: int) -> Tensor:
    """A Gaussian matrix of the same shape and device, of spectral norm one."""
    direction = torch.randn(like.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed)).to(
        like.device
    )
    return direction / torch.linalg.matrix_norm(direction, 2)


def _pseudo_inverse(matrix: Tensor) -> tuple[Tensor, Tensor]:
    """Singular values of a matrix and its pseudo-inverse, by the triangle of its longer side."""
    if matrix.shape[0] < matrix.shape[1]:
        values, inverse = _pseudo_inverse(matrix.mT)
        return values, inverse.mT
    basis, triangle = torch.linalg.qr(matrix)
    # cuSOLVER's default, the Jacobi method, stops at a tolerance; gesvd is backward stable.
    left, values, right = torch.linalg.svd(triangle, full_matrices=False, driver="gesvd" if matrix.is_cuda else None)
    kept = values > _tolerance(values, matrix)
    return values, (right[kept].mT / values[kept]) @ (basis @ left[:, kept]).mT


def _tolerance(values: Tensor, matrix: Tensor) -> float:
    """Below it a singular value is zero, as in `numpy.linalg.matrix_rank`."""
    return max(matrix.shape) * torch.finfo(torch.float64).eps * float(values[0])
