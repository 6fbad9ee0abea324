"""Singular values of every unfolding of a tensor, in float64 and without a copy of the tensor.

The singular values of the mode-n unfoldings are those of the higher-order SVD (De Lathauwer, De Moor
and Vandewalle, 2000, SIAM J. Matrix Anal. Appl. 21, 1253), which section 4.4 of the paper uses.

Method. Neither the order of an unfolding's columns nor a transposition changes its singular values,
so the long side is cut into blocks, each unfolded by TensorLy, and one of two reductions to a small
square matrix is accumulated over the blocks. With s = min(I_n, product of the other sizes),
ε = 2^-52 and σ_1 the largest singular value:

- Gram: G = Σ B Bᵀ over the s x b blocks B, then σ_i = sqrt(λ_i(G)). Rounding perturbs each λ_i by at
  most c ε σ_1², where c grows with the length of the sums (like its root in practice: Higham and
  Mary, 2019, SIAM J. Sci. Comput. 41, A2815) and has stayed below 50 wherever it was measured. The result
  is kept only where λ_min >= 1e4 ε λ_max: then every value has a relative error of at most c/2e4, and none
  is smaller than 1.5e-6 σ_1.
- QR: R of the stacked [R; Bᵀ], block after block, then the singular values of the last R. Householder QR
  and the SVD are backward stable: |computed - exact| <= p(s) ε σ_1 for every value, with p a slowly
  growing factor (LAPACK Users' Guide, section 4.9; below 100 in the tests here). So an exact zero comes
  out below about 1e-14 σ_1, and a value of 1e-9 σ_1 keeps five digits.

Stored values therefore serve every relative threshold down to 1e-8, and every absolute threshold t
with t >> 1e-14 σ_1 (σ_1 of activations is at most about 1e4).
"""

from collections.abc import Iterator

import tensorly
import torch
from torch import Tensor

_EPSILON = torch.finfo(torch.float64).eps
GRAM_FLOOR = 1e4 * _EPSILON
"""Smallest λ_min / λ_max at which the eigenvalues of a Gram matrix are kept."""

_SQUARES_ARE_SAFE = (1e-120, 1e120)
"""Largest absolute entries between which sums of squares neither overflow nor lose what matters to underflow."""

BLOCK_ENTRIES = {"cpu": 2**19, "cuda": 2**24}
"""Entries of a block: few enough for a CPU's cache, many enough to keep a GPU busy."""

_PANEL = 256
"""Rows of a Gram matrix that one matrix product computes; the triangle above the diagonal panels is left out."""


def mode_singular_values(tensor: Tensor) -> list[Tensor]:
    """Singular values of every mode-n unfolding of a tensor of order two or more.

    Args:
        tensor: shape I_1 x ... x I_N, on any device. Values that are not float64 are converted, on the
            CPU where the device has no float64.

    Returns:
        One float64 CPU tensor per mode, in the order of the modes, each with
        min(I_n, product of the other sizes) values in descending order. If the tensor holds a NaN or an
        infinity, as the activations of a diverged network do, every value is NaN.

    Raises:
        ValueError: the order is below two, or a size is zero.
    """
    if tensor.ndim < 2 or tensor.numel() == 0:
        raise ValueError(f"need a non-empty tensor of order two or more, got shape {tuple(tensor.shape)}")
    tensor = as_float64(tensor.detach())
    smallest, largest = torch.aminmax(tensor)
    scale = max(-smallest.item(), largest.item())
    thin_sizes = [min(size, tensor.numel() // size) for size in tensor.shape]
    if not (smallest.isfinite() and largest.isfinite()):
        return [torch.full((size,), float("nan"), dtype=torch.float64) for size in thin_sizes]
    if scale == 0.0:
        return [torch.zeros(size, dtype=torch.float64) for size in thin_sizes]
    if tensor.ndim == 2:  # the second unfolding is the first one transposed
        return [_singular_values(tensor, 0, scale)] * 2
    return [_singular_values(tensor, mode, scale) for mode in range(tensor.ndim)]


def as_float64(tensor: Tensor) -> Tensor:
    """The tensor in float64, moved to the CPU first if its device has no float64 (Apple's mps)."""
    return tensor.to("cpu" if tensor.device.type == "mps" else tensor.device, torch.float64)


def _singular_values(tensor: Tensor, mode: int, scale: float) -> Tensor:
    values = None
    if _SQUARES_ARE_SAFE[0] < scale < _SQUARES_ARE_SAFE[1]:
        values = _from_gram_matrix(tensor, mode)
    if values is None:
        values = _from_triangle(tensor, mode)
    return values.cpu()


def _from_gram_matrix(tensor: Tensor, mode: int) -> Tensor | None:
    """Square roots of the Gram matrix's eigenvalues, or None where they would be too inexact."""
    gram = None
    for block in _blocks(tensor, mode):
        if gram is None:
            gram = block.new_zeros(len(block), len(block))
        for start in range(0, len(block), _PANEL):
            panel = block[start : start + _PANEL]
            gram[start:, start : start + _PANEL].addmm_(block[start:], panel.mT)
    assert gram is not None
    # A row of zeros (a dead channel) gives an exact zero; without it the rest may be well conditioned.
    alive = gram.diagonal() > 0
    zeros = int((~alive).sum())
    if zeros:
        gram = gram[alive][:, alive]
    eigenvalues = torch.linalg.eigvalsh(gram, UPLO="L").flip(0)
    if not eigenvalues[-1] >= GRAM_FLOOR * eigenvalues[0]:
        return None
    return torch.cat([eigenvalues.sqrt(), eigenvalues.new_zeros(zeros)])


def _from_triangle(tensor: Tensor, mode: int) -> Tensor:
    """Singular values of the triangle of the QR factorization of the transposed s x long unfolding."""
    triangle = None
    for block in _blocks(tensor, mode):
        stacked = block if triangle is None else torch.cat([triangle.mT, block], dim=1)
        triangle = torch.linalg.qr(stacked.mT, mode="r").R
    assert triangle is not None
    # cuSOLVER's default, the Jacobi method, stops at a tolerance; gesvd is backward stable.
    return torch.linalg.svdvals(triangle, driver="gesvd" if triangle.is_cuda else None)


def _blocks(tensor: Tensor, mode: int) -> Iterator[Tensor]:
    """Cut the unfolding (transposed if it is tall) into matrices with all of its short side as rows.

    A wide unfolding is cut across the longest other mode, a tall one across the mode itself. A block has
    at least four times as many columns as rows, so that carrying R from block to block costs QR
    little, and else as many entries as suit the device.
    """
    rows, columns = tensor.shape[mode], tensor.numel() // tensor.shape[mode]
    short = min(rows, columns)
    width = max(4 * short, BLOCK_ENTRIES[tensor.device.type] // short)
    tall = rows > columns
    axis = mode if tall else max((i for i in range(tensor.ndim) if i != mode), key=lambda i: tensor.shape[i])
    slices = max(1, width if tall else width * tensor.shape[axis] // columns)
    for part in tensor.split(slices, dim=axis):
        with tensorly.backend_context("pytorch"):
            unfolding = tensorly.unfold(part, mode)
        yield unfolding.mT if tall else unfolding
