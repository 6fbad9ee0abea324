"""Ghost batch norm against NumPy and against the network fed part by part."""

import copy

import numpy as np
import pytest
import torch
from torch.nn import functional

from gengap.models.build import build_model
from gengap.training.ghost_batch_norm import GhostBatchNorm, use_ghosts


def batch(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 + 1


def ghosts(channels, size):
    norm = torch.nn.BatchNorm1d(channels).double()
    with torch.no_grad():
        norm.weight.copy_(torch.linspace(0.5, 2, channels))
        norm.bias.copy_(torch.linspace(-1, 1, channels))
    return GhostBatchNorm(norm, size).double()


@pytest.mark.parametrize(
    ("images", "sizes"), [(2656, [133] * 16 + [132] * 4), (848, [142] * 2 + [141] * 4), (255, [255]), (256, [128, 128])]
)
@pytest.mark.parametrize("pixels", [(), (2, 3)])
def test_each_part_is_normalised_by_itself_and_the_averages_take_a_step_for_each(images, sizes, pixels):
    inputs = batch(images, 3, *pixels)
    norm = ghosts(3, 128)
    outputs = norm(inputs).detach().numpy()
    mean, variance, expected = np.zeros(3), np.ones(3), []
    axes = (0, 2, 3)[: inputs.ndim - 1]
    shape = (1, 3, *(1 for _ in pixels))
    for part in np.split(inputs.numpy(), np.cumsum(sizes)[:-1]):
        scaled = (part - part.mean(axes).reshape(shape)) / np.sqrt(part.var(axes).reshape(shape) + 1e-5)
        expected.append(scaled * np.linspace(0.5, 2, 3).reshape(shape) + np.linspace(-1, 1, 3).reshape(shape))
        mean, variance = 0.9 * mean + 0.1 * part.mean(axes), 0.9 * variance + 0.1 * part.var(axes, ddof=1)
    np.testing.assert_allclose(outputs, np.concatenate(expected), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(norm.running_mean, mean, rtol=1e-10)
    np.testing.assert_allclose(norm.running_var, variance, rtol=1e-10)


def test_gradients_are_finite_differences():
    assert torch.autograd.gradcheck(ghosts(2, 3), batch(7, 2).requires_grad_())


@pytest.mark.parametrize(("name", "shape"), [("lenet5", (1, 16, 16)), ("f1", (1, 8, 8))])
def test_the_gradient_is_the_mean_over_the_network_fed_part_by_part(name, shape, options):
    plain = build_model(name, shape, 4, options | {"width": 0.2}, seed=0).double().train()
    model = copy.deepcopy(plain)
    use_ghosts(model, 16)
    model.train().double()
    inputs, labels = batch(64, *shape), torch.arange(64) % 4
    functional.cross_entropy(model(inputs), labels).backward()
    for part, of_part in zip(inputs.split(16), labels.split(16), strict=True):
        (functional.cross_entropy(plain(part), of_part) / 4).backward()
    for ours, expected in zip(model.parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, expected.grad)
    plain.load_state_dict(model.state_dict())
    assert torch.equal(model.eval()(inputs), plain.eval()(inputs))
