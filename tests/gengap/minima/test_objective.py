"""The loss as a function of one vector: its gradient and Hessian against differences and `torch.func`."""

import numpy as np
import pytest
import torch
from torch.func import functional_call, hessian
from torch.nn import functional

from gengap.errors import UserError
from gengap.minima.objective import Objective, measured_images, norm_growth
from gengap.models.build import build_model
from gengap.spectra.fed_batch import fed_order
from gengap.training.scaling import input_scaling

CPU = torch.device("cpu")


@pytest.fixture
def dataset(make_dataset):
    return make_dataset(train=60, test=20, classes=3)


@pytest.fixture
def network(model_options):
    """A network of few parameters, with running statistics unlike those of its batches."""

    def build(seed=0, **changes):
        options = model_options(width=0.1, units=4, **changes)
        model = build_model("lenet5", (1, 16, 16), 3, options, seed)
        for name, buffer in model.named_buffers():
            if buffer.is_floating_point():
                buffer.copy_(
                    torch.linspace(0.5, 2, len(buffer)) if "var" in name else torch.linspace(-1, 1, len(buffer))
                )
        return model

    return build


def loss_of(model, dataset, statistics):
    """Cross-entropy of one vector of parameters, written anew."""
    images = input_scaling("standardize", dataset.train_images)(dataset.train_images.double())
    shapes = {name: parameter.shape for name, parameter in model.named_parameters()}
    buffers = {name: buffer.double() for name, buffer in model.named_buffers() if buffer.is_floating_point()}
    model = model.double().train(statistics == "batch")

    def loss(vector):
        parts = torch.split(vector, [shape.numel() for shape in shapes.values()])
        state = {name: part.view(shape) for part, (name, shape) in zip(parts, shapes.items(), strict=True)}
        kept = {name: buffer.clone() for name, buffer in buffers.items()}
        return functional.cross_entropy(functional_call(model, state | kept, images), dataset.train_labels)

    return loss


@pytest.mark.parametrize("statistics", ["running", "batch"])
def test_value_gradient_and_hessian(network, dataset, statistics):
    model, images, labels = network(), dataset.train_images, dataset.train_labels
    measured = Objective(model, images, labels, input_scaling("standardize", images), CPU, statistics, chunk_size=25)
    point = measured.point + 0.01
    value, gradient = measured.value_and_gradient(point)
    loss, vector = loss_of(model, dataset, statistics), torch.tensor(point, requires_grad=True)
    expected = loss(vector)
    assert value == pytest.approx(float(expected.detach()), rel=1e-12)
    np.testing.assert_allclose(gradient, torch.autograd.grad(expected, vector)[0], atol=1e-12)
    matrix = hessian(loss)(torch.tensor(point)).numpy() if statistics == "running" else None
    direction = np.random.default_rng(0).standard_normal(len(point))
    step = 1e-6 * direction
    difference = measured.value_and_gradient(point + step)[1] - measured.value_and_gradient(point - step)[1]
    product = measured.hessian_product(point, direction)
    np.testing.assert_allclose(product, difference / 2e-6, atol=1e-6)
    if matrix is not None:
        np.testing.assert_allclose(product, matrix @ direction, atol=1e-10)


def test_more_images_than_there_are(dataset):
    images, labels = measured_images(dataset, 40)
    order = fed_order(60)[:40]
    assert torch.equal(images, dataset.train_images[order])
    assert torch.equal(labels, dataset.train_labels[order])
    with pytest.raises(UserError, match="`minima.images` is 61, but the training set has 60 images"):
        measured_images(dataset, 61)


def test_dividing_by_the_growth_of_norms_and_statistics_changes_no_logit(network, dataset):
    initial, trained = network(), network(seed=5)
    with torch.no_grad():
        trained.conv1.linear_map.weight.mul_(7)
        trained.fc2.linear_map.weight.mul_(3)
    factors = norm_growth(trained, initial)
    sizes = [parameter.numel() for parameter in trained.parameters()]
    growth = dict(zip(dict(trained.named_parameters()), np.split(factors, np.cumsum(sizes)[:-1]), strict=True))
    images = input_scaling("standardize", dataset.train_images)(dataset.train_images.double())
    logits = trained.double().eval()(images)
    with torch.no_grad():
        for name in ("conv1", "conv2", "fc1"):
            layer, factor = getattr(trained, name), growth[f"{name}.linear_map.weight"][0]
            layer.linear_map.weight.div_(factor)
            layer.norm.running_mean.div_(factor)
            layer.norm.running_var.add_(layer.norm.eps).div_(factor**2).sub_(layer.norm.eps)
            rescaled, before = (float(one.linear_map.weight.norm()) for one in (layer, getattr(initial, name)))
            assert rescaled == pytest.approx(before, rel=1e-6)
    torch.testing.assert_close(trained(images), logits)
    others = np.concatenate([part for name, part in growth.items() if "norm" in name or name.startswith("fc2")])
    assert (others == 1).all()
