"""A hidden layer of limited rank, and one of as many units."""

import pytest
import torch

from gengap.config.experiment import HIDDEN_UNITS, LAST_CHANNELS
from gengap.models.build import build_model, parameter_count
from gengap.models.layers import observed_modules, weight_layers
from gengap.spectra.activations import measuring_copy
from gengap.spectra.measure import measure_batch

# Each network's limited layer, images on which it is small, and a width that keeps it quick.
NETWORKS = {
    "lenet5": ("fc1", (1, 16, 16), 1),
    "vgg16": ("fc1", (1, 32, 32), 0.2),
    "f1": ("fc1", (1, 8, 8), 0.2),
    "c1": ("fc1", (1, 8, 8), 0.2),
    "resnet56": ("stage3.block9.conv2", (3, 8, 8), 0.5),
}


def singular_values(model, layer, images):
    """Of the layer's output as spectra see it: a table of all its unfoldings."""
    table = measure_batch(measuring_copy(model, "cpu"), images)
    return table[table["layer"] == layer]


def images(count, shape):
    return torch.rand(count, *shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("activation", ["relu", "identity"])
@pytest.mark.parametrize("name", NETWORKS)
def test_all_but_r_singular_values_of_the_layer_are_zero_and_the_bound_says_so(name, activation, model_options):
    layer, shape, width = NETWORKS[name]
    model = build_model(name, shape, 10, model_options(rank_limit=9, width=width, activation=activation), seed=1)
    table = singular_values(model, layer, images(40, shape))
    for mode in ["channel"] if table["kind"].iloc[0] == "conv" else ["batch", "channel"]:
        rows = table[table["mode"] == mode]
        values = rows["singular_value"].to_numpy()
        assert values[8] > 1e-6 * values[0]
        assert (values[9:] < 1e-10 * values[0]).all()
        assert set(rows["rank_bound"]) == {9}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_directions_are_orthonormal_of_the_seed_alone_and_not_trained(name, model_options):
    layer, shape, width = NETWORKS[name]

    def built(seed=1, **changes):
        return build_model(name, shape, 10, model_options(width=width, **changes), seed)

    def basis(model):
        return observed_modules(model)[layer].projection.basis

    limited, free = built(rank_limit=9), built()
    directions = basis(limited)
    assert torch.allclose(directions.T @ directions, torch.eye(9), atol=1e-6)
    assert torch.equal(directions, basis(built(rank_limit=9, activation="identity", initialization="pytorch")))
    assert not torch.allclose(directions, basis(built(rank_limit=9, seed=2)))
    assert parameter_count(limited) == parameter_count(free)
    weights, others = limited.state_dict(), free.state_dict()
    assert len(weights) == len(others) + 1
    assert all(torch.equal(weights[key], tensor) for key, tensor in others.items())


@pytest.mark.parametrize("name", ["lenet5", "vgg16"])
def test_the_layer_of_r_units_has_them_and_the_others_keep_their_widths(name, model_options):
    layer, shape, width = NETWORKS[name]
    # Linear, since some of nine units of a random network with ReLU are silent.
    options = model_options(width=width, activation="identity")
    free, narrow = (build_model(name, shape, 10, options | {"units": units}, 0) for units in (None, 9))
    widths, changed = ({k: len(v.linear_map.weight) for k, v in weight_layers(m).items()} for m in (free, narrow))
    assert changed == widths | {layer: 9}
    values = singular_values(narrow, layer, images(40, shape)).query("mode == 'batch'")["singular_value"]
    assert len(values) == (values > 1e-10 * values.max()).sum() == 9


@pytest.mark.parametrize(("name", "width"), (HIDDEN_UNITS | LAST_CHANNELS).items())
def test_the_configuration_knows_the_width_of_the_limited_layer(name, width, model_options):
    model = build_model(name, (3, 32, 32), 10, model_options(rank_limit=3), 0)
    assert [buffer.shape for key, buffer in model.named_buffers() if key.endswith("basis")] == [(width, 3)]
