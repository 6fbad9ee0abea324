"""Updates are those of `torch.optim.SGD` and `torch.optim.Adam`, and weight decay is the gradient of the penalty."""

import numpy as np
import pytest
import torch

from gengap.models.build import build_model
from gengap.training.adam import Adam
from gengap.training.objective import distance, norms, squared_norm, weight_penalty
from gengap.training.sgd import MomentumSGD

DECAY = 0.03


@pytest.fixture
def models(options):
    """Two equal networks whose parameters are all different from zero."""
    models = [build_model("lenet5", (1, 16, 16), 4, options, seed=0) for _ in range(2)]
    with torch.no_grad():
        for model in models:
            for parameter in model.parameters():
                parameter.add_(0.1)
    return models


def set_random_gradients(models, generator):
    for first, second in zip(*(model.parameters() for model in models), strict=True):
        first.grad = torch.randn(first.shape, generator=generator)
        second.grad = first.grad.clone()


@pytest.mark.parametrize(
    ("kind", "momentum", "graphed", "rates"),
    [
        (MomentumSGD, 0.9, False, [0.5, 0.5, 0.25]),
        (MomentumSGD, 0.0, False, [0.5, 0.5, 0.25]),
        (MomentumSGD, 0.9, True, [0.5, 0.5, 0.25]),  # read from a tensor, and exact in float32
        (Adam, 0.9, False, [0.01] * 25 + [0.001] * 25),
    ],
)
def test_updates_are_those_of_pytorch(kind, momentum, graphed, rates, models, options):
    ours = kind(models[0], options | {"momentum": momentum}, graphed=graphed)
    if kind is MomentumSGD:
        plain = torch.optim.SGD(models[1].parameters(), lr=0.1, momentum=momentum, weight_decay=0.0005)
    else:
        plain = torch.optim.Adam(models[1].parameters(), lr=0.1, betas=(momentum, 0.999), weight_decay=0.0005)
    generator = torch.Generator().manual_seed(0)
    for rate in rates:
        ours.set_learning_rate(rate)
        plain.param_groups[0]["lr"] = rate
        set_random_gradients(models, generator)
        ours.step()
        plain.step()
    for (name, first), second in zip(models[0].named_parameters(), models[1].parameters(), strict=True):
        assert torch.equal(first, second)
        if kind is MomentumSGD and momentum:
            assert torch.equal(ours.momentum[name], plain.state[second]["momentum_buffer"])


@pytest.mark.parametrize("decayed", ["all", "weights"])
@pytest.mark.parametrize(("convention", "factor"), [("half", 0.5), ("full", 1.0)])
def test_the_penalty_is_the_sum_of_squares_and_weight_decay_follows_its_gradient(
    convention, factor, decayed, models, options
):
    chosen = {"weight_decay": DECAY, "decay_convention": convention, "decayed_parameters": decayed}
    optimizer = MomentumSGD(models[0], options | chosen | {"momentum": 0.0, "learning_rate": 1.0}, graphed=False)
    for parameter in models[0].parameters():
        parameter.grad = torch.zeros_like(parameter)
    penalty = weight_penalty(optimizer.groups)
    optimizer.step()
    penalised = [w.double() for w in models[1].parameters() if decayed == "all" or w.ndim > 1]
    expected = factor * DECAY * sum(w.square().sum() for w in penalised)
    assert penalty == pytest.approx(expected.item(), rel=1e-12)
    expected.backward()
    for ours, start in zip(models[0].parameters(), models[1].parameters(), strict=True):
        gradient = torch.zeros_like(start) if start.grad is None else start.grad
        torch.testing.assert_close(ours.detach(), (start - gradient).detach())


@pytest.mark.parametrize("kind", [MomentumSGD, Adam])
def test_a_reset_forgets_earlier_gradients(kind, models, options):
    ours = kind(models[0], options, graphed=False)
    generator = torch.Generator().manual_seed(0)
    set_random_gradients(models, generator)
    ours.step()
    ours.reset_momentum()
    models[1].load_state_dict(models[0].state_dict())
    fresh = kind(models[1], options, graphed=False)
    set_random_gradients(models, generator)
    ours.step()
    fresh.step()
    assert all(torch.equal(*pair) for pair in zip(*(model.parameters() for model in models), strict=True))


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
