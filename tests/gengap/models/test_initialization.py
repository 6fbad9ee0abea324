"""Initial weights follow their law and depend on the seed alone."""

import math

import pytest
import torch
from scipy import stats

from gengap.models.build import build_model
from gengap.models.layers import weight_layers

FAN_IN, FAN_OUT = 800, 500
LAWS = {
    "he_normal": stats.norm(0, math.sqrt(2 / FAN_IN)),
    "he_normal_fan_out": stats.norm(0, math.sqrt(2 / FAN_OUT)),
    "glorot_normal": stats.norm(0, math.sqrt(2 / (FAN_IN + FAN_OUT))),
    "lecun_normal": stats.norm(0, math.sqrt(1 / FAN_IN)),
    "he_uniform": stats.uniform(-math.sqrt(6 / FAN_IN), 2 * math.sqrt(6 / FAN_IN)),
    "glorot_uniform": stats.uniform(-math.sqrt(6 / (FAN_IN + FAN_OUT)), 2 * math.sqrt(6 / (FAN_IN + FAN_OUT))),
    "pytorch": stats.uniform(-math.sqrt(1 / FAN_IN), 2 * math.sqrt(1 / FAN_IN)),
}


def lenet5(options):
    return build_model("lenet5", (1, 28, 28), 10, options, seed=0)


@pytest.mark.parametrize("scheme", LAWS)
def test_weights_follow_the_law(scheme, options):
    weights = lenet5(options | {"initialization": scheme}).fc1.linear_map.weight.detach()
    assert weights.shape == (FAN_OUT, FAN_IN)
    # 400,000 draws: another variance, or a normal for a uniform law, gives a p-value of 0.
    assert stats.kstest(weights.flatten().numpy(), LAWS[scheme].cdf).pvalue > 1e-3


@pytest.mark.parametrize("scheme", LAWS)
def test_biases_start_at_zero_or_as_pytorch_draws_them_and_batch_norm_at_one_and_zero(scheme, options):
    model = lenet5(options | {"initialization": scheme, "normalization": "none"})
    if scheme == "pytorch":
        assert stats.kstest(model.fc1.linear_map.bias.detach().numpy(), LAWS["pytorch"].cdf).pvalue > 1e-3
    else:
        assert not any(layer.linear_map.bias.any() for layer in weight_layers(model).values())
    norm = lenet5(options | {"initialization": scheme}).conv1.norm
    assert torch.equal(norm.weight, torch.ones(20))
    assert torch.equal(norm.bias, torch.zeros(20))


def test_a_uniform_gain_leaves_the_weights(options):
    plain, drawn = lenet5(options).state_dict(), lenet5(options | {"batch_norm_gain": "uniform"}).state_dict()
    changed = {name for name in plain if not torch.equal(plain[name], drawn[name])}
    assert changed == {f"{layer}.norm.weight" for layer in ("conv1", "conv2", "fc1")}
    assert stats.kstest(drawn["fc1.norm.weight"].numpy(), stats.uniform.cdf).pvalue > 1e-3


def test_networks_with_and_without_batch_norm_start_from_the_same_weights(options):
    with_norm, without = lenet5(options), lenet5(options | {"normalization": "none"})
    for name, layer in weight_layers(with_norm).items():
        assert torch.equal(layer.linear_map.weight, weight_layers(without)[name].linear_map.weight)
