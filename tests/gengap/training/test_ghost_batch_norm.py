"""Ghost batch norm against PyTorch's, fed part by part."""

import copy

import pytest
import torch
from torch.nn import functional

from gengap.models.build import build_model
from gengap.training.ghost_batch_norm import GhostBatchNorm, use_ghosts


def batch(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) * 2 + 1


@pytest.mark.parametrize(
    ("images", "sizes"), [(2656, [133] * 16 + [132] * 4), (848, [142] * 2 + [141] * 4), (255, [255]), (256, [128, 128])]
)
@pytest.mark.parametrize(("kind", "pixels"), [(torch.nn.BatchNorm1d, ()), (torch.nn.BatchNorm2d, (2, 3))])
def test_each_part_is_normalised_by_itself_and_the_averages_take_a_step_for_each(images, sizes, kind, pixels):
    norm = kind(3)
    torch.nn.init.uniform_(norm.weight, 0.5, 2)
    torch.nn.init.uniform_(norm.bias, -1, 1)
    ours = GhostBatchNorm(norm, 128).double()
    norm.double()
    inputs = batch(images, 3, *pixels)
    expected = torch.cat([norm(part) for part in inputs.split(sizes)])
    torch.testing.assert_close(ours(inputs), expected, rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(ours.state_dict(), norm.state_dict(), rtol=1e-10, atol=0)


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
