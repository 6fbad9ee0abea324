"""Predicted ranks against the measured zeros of networks with random weights."""

import copy

import pytest
import torch

from gengap.models.build import build_model
from gengap.models.layers import LayerFactory
from gengap.spectra.measure import measure_batch
from gengap.spectra.rank_bound import rank_bounds

# Far above the rounding of a product of many layers, far below any singular value of a random one.
RELATIVE_ZERO = 1e-9

LINEAR = {"activation": "identity", "pooling": "average"}


def randomized(model, generator):
    """Every parameter and statistic away from the zeros and ones of the initialisation."""
    for parameter in model.parameters():
        if parameter.ndim == 1:
            torch.nn.init.uniform_(parameter.data, 0.5, 1.5, generator=generator)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm1d | torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.running_mean, -0.5, 0.5, generator=generator)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5, generator=generator)
    return model.double().eval()


def unfoldings(model, images):
    """One row per layer and mode: what is predicted and what is measured."""
    spectrum = measure_batch(model, images)
    spectrum["largest"] = spectrum.groupby(["layer", "mode"])["singular_value"].transform("first")
    spectrum["alive"] = spectrum["singular_value"] > RELATIVE_ZERO * spectrum["largest"]
    keys = ["layer", "mode", "mode_size", "thin_size", "rank_bound"]
    return spectrum.groupby(keys, sort=False)["alive"].sum().rename("rank").reset_index()


def network(name, shape, options, generator, **changes):
    return randomized(build_model(name, shape, 10, options(**changes), 0), generator)


def images(count, shape, generator):
    return torch.rand(count, *shape, dtype=torch.float64, generator=generator)


@pytest.mark.parametrize("pooling", ["max", "average"])
@pytest.mark.parametrize("activation", ["relu", "identity"])
@pytest.mark.parametrize("normalization", ["batch", "none"])
@pytest.mark.parametrize(
    ("name", "shape", "width", "count"),
    [
        ("lenet5", (1, 16, 16), 0.4, 300),
        ("vgg16", (1, 32, 32), 0.05, 60),
        ("resnet56", (3, 8, 8), 0.25, 230),
        ("f1", (1, 8, 8), 0.1, 70),
        ("c1", (1, 8, 8), 0.2, 70),
    ],
)
def test_no_rank_exceeds_the_bound(
    name, shape, width, count, normalization, activation, pooling, model_options, generator
):
    changes = {"activation": activation, "pooling": pooling, "normalization": normalization, "width": width}
    model = network(name, shape, model_options, generator, **changes)
    measured = unfoldings(model, images(count, shape, generator))
    assert (measured["rank"] <= measured["rank_bound"]).all(), measured
    assert (measured["rank_bound"] <= measured["thin_size"]).all()
    assert (measured["thin_size"] <= measured["mode_size"]).all()


@pytest.mark.parametrize(
    ("name", "shape", "count", "changes", "ranks"),
    [
        # 256 pixels: conv 1 has 8 * 12 * 12 outputs but rank 256 + 1, the one for its bias.
        ("lenet5", (1, 16, 16), 300, {"width": 0.4, **LINEAR}, {"conv1": 257}),
        ("lenet5", (1, 16, 16), 300, {"width": 0.4, "normalization": "none", **LINEAR}, {"conv1": 257}),
        # Max-pooling lifts the bound: conv 2 sees 20 * 6 * 6 = 720 features, no longer combinations of 256 pixels.
        ("lenet5", (1, 16, 16), 400, {"activation": "identity"}, {"conv1": 257, "conv2": 200}),
        # Dropout leaves the bound.
        ("c1", (1, 8, 8), 120, {"width": 0.5, **LINEAR}, {"conv1": 65, "conv2": 65, "fc1": 65, "fc2": 65, "fc3": 10}),
        ("resnet56", (1, 8, 8), 120, {"width": 0.5, **LINEAR}, {"conv1": 65, "stage3.block9.conv2": 65}),
    ],
)
def test_linear_networks_reach_the_bound(name, shape, count, changes, ranks, model_options, generator):
    model = network(name, shape, model_options, generator, **changes)
    measured = unfoldings(model, images(count, shape, generator))
    batch = measured[measured["mode"] == "batch"].set_index("layer")
    assert batch.loc[list(ranks), "rank_bound"].to_dict() == ranks
    assert (measured["rank"] == measured["rank_bound"]).all(), measured


class Sketch(torch.nn.Module):
    """A weight layer after an operation that the rules do not know, and one after a sum of two branches."""

    def __init__(self, options):
        super().__init__()
        make = LayerFactory(options)
        self.left = make.convolution(1, 3, kernel_size=3, padding=1)
        self.right = make.convolution(1, 3, kernel_size=3, padding=1)
        self.after = make.convolution(3, 5, kernel_size=1)
        self.step = torch.nn.Identity()

    def forward(self, inputs):
        return self.after(self.left(inputs) + self.right(self.step(inputs)))


@pytest.mark.parametrize(
    ("step", "batch_bound"),
    [
        (torch.nn.Identity(), 17),  # both branches in the space of 16 pixels and the ones
        (torch.nn.Sigmoid(), 17 + 17 - 1),  # two spaces of 16 features that share the ones
    ],
)
def test_sums_share_a_space_only_where_both_branches_are_linear(step, batch_bound, model_options, generator):
    sketch = Sketch(model_options(**LINEAR))
    sketch.step = step
    model = randomized(sketch, generator)
    torch.nn.init.normal_(model.left.linear_map.weight, generator=generator)
    measured = unfoldings(model, images(70, (1, 4, 4), generator)).set_index(["layer", "mode"])
    assert measured.loc[("after", "batch"), ["rank", "rank_bound"]].tolist() == [batch_bound, batch_bound]


def test_bounds_need_no_data_and_leave_the_network_alone(model_options):
    model = build_model("lenet5", (1, 28, 28), 10, model_options(**LINEAR), 0).eval()
    before = copy.deepcopy(model.state_dict())
    bounds = rank_bounds(model, (4096, 1, 28, 28), (784, 1, 28, 28), 785)
    assert bounds == {"conv1": (785, 20, 24, 24), "conv2": (785, 50, 8, 8), "fc1": (500, 500), "fc2": (10, 10)}
    torch.testing.assert_close(model.state_dict(), before, rtol=0, atol=0)
