"""Against NumPy's SVD of TensorLy's unfoldings, and against singular values that are known by construction."""

import math
import sys

import numpy as np
import pytest
import tensorly
import torch

from gengap.spectra import singular_values
from gengap.spectra.singular_values import mode_singular_values

EPSILON = np.finfo(float).eps


@pytest.fixture(params=["cpu", pytest.param("cuda", marks=pytest.mark.gpu)])
def device(request):
    return request.param


def by_numpy(tensor):
    with tensorly.backend_context("numpy"):
        unfoldings = [tensorly.unfold(tensor.cpu().numpy(), mode) for mode in range(tensor.ndim)]
    return [np.linalg.svd(unfolding, compute_uv=False) for unfolding in unfoldings]


def assert_same(values, expected):
    """Within 100 ε, relative to the largest value of each unfolding."""
    assert [len(v) for v in values] == [len(e) for e in expected]
    for value, reference in zip(values, expected, strict=True):
        assert value.dtype == torch.float64
        np.testing.assert_allclose(value.numpy(), reference, rtol=0, atol=100 * EPSILON * reference[0])


def orthonormal(rows, columns, generator):
    return torch.linalg.qr(torch.randn(rows, columns, dtype=torch.float64, generator=generator)).Q


def tensor_with(singular_values, shape, generator):
    """Σ s_i a_i ∘ b_i ∘ …, orthonormal in every mode: each unfolding has these singular values and zeros."""
    factors = [orthonormal(size, len(singular_values), generator) for size in shape]
    letters = "abcdefg"[: len(shape)]
    return torch.einsum(
        f"z,{','.join(f'{letter}z' for letter in letters)}->{letters}", torch.as_tensor(singular_values), *factors
    )


@pytest.mark.parametrize(
    "shape",
    [
        (7, 5, 4, 3),
        (6, 50, 5, 5),  # batch smaller than the features
        (300, 4, 3, 3),  # batch larger than the features
        (36, 4, 3, 3),  # square batch unfolding
        (1, 3, 4, 4),
        (5, 1, 6, 6),
        (4, 600, 2, 2),  # more channels than all the rest
        (40, 70, 25),
        (300, 20),
        (20, 300),
        (1, 9),
    ],
)
def test_agrees_with_numpy_on_every_unfolding_of_tensorly(shape, generator, device):
    tensor = torch.relu(torch.randn(shape, dtype=torch.float64, generator=generator)).to(device)
    assert_same(mode_singular_values(tensor), by_numpy(tensor))


@pytest.fixture
def small_blocks(monkeypatch):
    """A GPU, too, has several blocks in the tensors here."""
    for device in singular_values.BLOCK_ENTRIES:
        monkeypatch.setitem(singular_values.BLOCK_ENTRIES, device, 2**17)


@pytest.mark.usefixtures("small_blocks")
def test_many_blocks_give_the_same_values_as_one_matrix(generator, device):
    # Longer than one block in every mode, by Gram matrix (full rank) and by QR (rank 3 in all modes).
    full = torch.rand(64, 24, 32, 16, dtype=torch.float64, generator=generator).to(device)
    deficient = tensor_with([3.0, 2.0, 1.0], (64, 24, 32, 16), generator).to(device)
    for tensor in (full, deficient):
        assert_same(mode_singular_values(tensor), by_numpy(tensor))


@pytest.mark.usefixtures("small_blocks")
def test_a_long_tall_matrix_is_cut_along_its_rows(generator, device):
    wanted = np.geomspace(1e2, 1e-7, 12)
    values = mode_singular_values(tensor_with(wanted, (150_000, 12), generator).to(device))
    assert_same(values, [wanted, wanted])


@pytest.mark.parametrize("shape", [(80, 30, 25, 25), (30, 90, 4, 3), (500, 40)])
def test_known_singular_values_down_to_1e_9_keep_five_digits(shape, generator, device):
    wanted = np.geomspace(1, 1e-9, 3 if len(shape) == 4 else 40)
    for mode_values in mode_singular_values(tensor_with(wanted, shape, generator).to(device)):
        np.testing.assert_allclose(mode_values[: len(wanted)].numpy(), wanted, rtol=1e-5)
        assert (mode_values[len(wanted) :] < 100 * EPSILON).all()


@pytest.mark.parametrize("smallest", [1e-4, 1e-5, 2e-6, 1.2e-6, 1e-7])
def test_values_on_both_sides_of_the_gram_limit_meet_the_stated_bound(smallest, generator, device):
    # Kept Gram matrices have σ_min >= 1.5e-6 σ_1 and, with c = 50, an error of at most 50/2e4 of each value.
    wanted = np.geomspace(1, smallest, 48)
    values = mode_singular_values(tensor_with(wanted, (48, 20_000), generator).to(device))[0].numpy()
    np.testing.assert_allclose(values, wanted, rtol=50 / 2e4)


def test_long_sums_of_positive_products_stay_within_the_stated_bound(generator):
    # The worst case for a Gram matrix: nothing cancels. NumPy's SVD is less exact here, so the oracle is the
    # Gram matrix from correctly rounded sums.
    tensor = torch.rand(4, 2**19, dtype=torch.float64, generator=generator)
    rows = tensor.numpy()
    gram = [[math.fsum(rows[i] * rows[j]) for j in range(4)] for i in range(4)]
    eigenvalues = np.linalg.eigvalsh(gram)[::-1]
    values = mode_singular_values(tensor)[0].numpy()
    assert np.abs(values**2 - eigenvalues).max() <= 50 * EPSILON * eigenvalues[0]


def test_tensors_of_any_type_and_order_in_memory_are_left_as_they_were(generator):
    tensor = torch.rand(24, 6, 5, 4, generator=generator)  # float32
    for view in (tensor, tensor.double().contiguous(memory_format=torch.channels_last), tensor.double()[::2]):
        before = view.clone()
        assert_same(mode_singular_values(view), by_numpy(view.double()))
        assert torch.equal(view, before)


@pytest.mark.parametrize(("factor", "low", "high"), [(0, 0, 0), (1e-9, 1e-9, 1e-7)], ids=["dead", "nearly"])
def test_dead_channels_are_exact_zeros_and_nearly_dead_ones_are_not(factor, low, high, generator, device):
    tensor = torch.rand(20, 10, 6, 6, dtype=torch.float64, generator=generator)
    tensor[:, [2, 7, 8]] *= factor
    values = mode_singular_values(tensor.to(device))
    assert_same(values, by_numpy(tensor))
    assert all(low <= value <= high for value in values[1][-3:])
    assert values[1][-4] > 1


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_a_diverged_network_gives_nan_in_every_place(bad, generator):
    tensor = torch.rand(8, 3, 4, 4, dtype=torch.float64, generator=generator)
    tensor[3, 1, 2, 0] = bad
    values = mode_singular_values(tensor)
    assert [len(v) for v in values] == [8, 3, 4, 4]
    assert all(v.isnan().all() for v in values)


@pytest.mark.parametrize("scale", [0, 1e-200, 1e-130, 1e130, 1e200])
def test_numbers_whose_squares_overflow_or_underflow(scale, generator):
    tensor = torch.rand(12, 3, 4, 4, dtype=torch.float64, generator=generator)
    assert_same(mode_singular_values(tensor * scale), [scale * values for values in by_numpy(tensor)])


@pytest.mark.parametrize("shape", [(5,), (), (0, 3), (4, 0, 2, 2)])
def test_what_has_no_unfolding_is_refused(shape):
    with pytest.raises(ValueError, match="order two or more"):
        mode_singular_values(torch.zeros(shape))


_PEAK = """
import resource, torch
from gengap.spectra import singular_values
from gengap.spectra.singular_values import mode_singular_values

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

torch.set_num_threads(1)
mode_singular_values(torch.rand(8, 4, 8, 8, dtype=torch.float64))
tensor = torch.empty(96, 64, 32, 32, dtype=torch.float64).uniform_()
before = peak()
mode_singular_values(tensor)
by_gram = peak() - before
tensor[48:] = tensor[:48]
tensor[:, 32:] = tensor[:, :32]
tensor[:, :, 16:] = tensor[:, :, :16]
tensor[:, :, :, 16:] = tensor[:, :, :, :16]
mode_singular_values(tensor)
by_qr = peak() - before
print(1 + 1024 * by_gram / (tensor.numel() * 8), 1 + 1024 * by_qr / (tensor.numel() * 8))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kB on Linux only")
def test_memory_stays_below_three_times_the_tensor(start_python):
    by_gram, by_qr = map(float, start_python(_PEAK, OMP_NUM_THREADS="1").communicate()[0].split())
    assert 1 <= by_gram <= by_qr <= 3
