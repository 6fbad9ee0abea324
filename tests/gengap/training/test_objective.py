import numpy as np
import pytest
import torch

from gengap.training.objective import distance, norms, squared_norm


def test_norms_and_distances_match_numpy():
    random = np.random.default_rng(0)
    first, second = (
        [random.normal(size=shape).astype(np.float32) for shape in ((3, 4), (5,), (2, 3, 2, 2))] for _ in range(2)
    )
    flat = [np.concatenate([array.ravel() for array in arrays]).astype(np.float64) for arrays in (first, second)]
    tensors = [[torch.from_numpy(array) for array in arrays] for arrays in (first, second)]
    assert squared_norm(tensors[0]) == pytest.approx(flat[0] @ flat[0], rel=1e-12)
    assert distance(*tensors) == pytest.approx(np.linalg.norm(flat[0] - flat[1]), rel=1e-12)
    assert squared_norm([]) == 0
    # A GPU's way.
    expected = [np.linalg.norm(array.astype(np.float64)) for array in first]
    assert [float(norm) for norm in norms(tensors[0])] == pytest.approx(expected, rel=1e-12)
