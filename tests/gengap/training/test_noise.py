"""Noise on activations and gradients: how large it is, where, and that a resumed training has the same."""

import pytest
import torch
from torch.nn import functional

from gengap.models.build import build_model
from gengap.models.layers import observed_modules
from gengap.training.noise import noisy_cross_entropy, with_activation_noise, with_dropout
from gengap.training.sgd import MomentumSGD
from gengap.training.state import TrainingState


def noisy(model, options, strength=0.3, seed=0):
    """The network's state, and a step that feeds a batch to it."""
    state = TrainingState(model, MomentumSGD(model, options, graphed=False))
    return state, with_activation_noise(model, state, strength, seed)


def seen(model):
    """Where the outputs of the observed modules are put when the network is fed, by name."""
    outputs = {}
    for name, module in observed_modules(model).items():
        module.register_forward_hook(lambda _module, _inputs, output, name=name: outputs.update({name: output}))
    return outputs


@pytest.mark.parametrize(
    ("name", "shape", "changes"),
    [
        ("lenet5", (1, 28, 28), {}),
        ("lenet5", (1, 28, 28), {"normalization": "none", "activation": "identity"}),
        ("lenet5", (1, 28, 28), {"rank_limit": 9}),
        ("resnet56", (3, 16, 16), {}),
    ],
)
def test_the_noise_of_each_hidden_layer_has_the_asked_share_of_its_deviation(name, shape, changes, options):
    model = build_model(name, shape, 10, options | {"width": 1} | changes, seed=0)
    before = seen(model)
    _, step = noisy(model, options)
    after = seen(model)
    model.train()
    step(torch.rand(64, *shape, generator=torch.Generator().manual_seed(0)))
    *hidden, logits = before
    assert torch.equal(after[logits], before[logits])
    for layer in hidden:
        added, output = (part.detach().double() for part in (after[layer] - before[layer], before[layer]))
        assert float(added.std() / output.std()) == pytest.approx(0.3, rel=0.01)
        assert float(added.mean().abs() / added.std()) < 0.03
    if "rank_limit" in changes:
        ranks = [int(torch.linalg.matrix_rank(part["fc1"].detach(), rtol=1e-5)) for part in (before, after)]
        assert ranks == [9, 64]


def test_there_is_none_in_evaluation_and_each_update_has_its_own(options):
    model = build_model("lenet5", (1, 16, 16), 4, options | {"normalization": "none"}, seed=0)
    fed = torch.rand(8, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    plain = model.eval()(fed)
    state, step = noisy(model, options)
    outputs = seen(model)

    def logits():
        step(fed)
        return outputs["fc2"]

    assert torch.equal(logits(), plain)
    model.train()
    first = logits()
    assert torch.equal(first, logits())
    state.step = 1
    second = logits()
    state.epoch, state.step = 1, 0
    assert not any(torch.equal(one, other) for one, other in [(first, plain), (first, second), (first, logits())])


def test_dropout_of_an_update_depends_on_seed_epoch_and_update_alone(options):
    model = torch.nn.Dropout(0.5)
    state = TrainingState(linear := torch.nn.Linear(2, 3), MomentumSGD(linear, options, graphed=False))
    drawn = []
    for seed, epoch, update in [(0, 0, 0), (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 1)]:
        state.epoch, state.step = epoch, update
        with_dropout(lambda draws: drawn.append(model(draws)), state, seed)(torch.ones(1000))
    first, again, *others = drawn
    assert torch.equal(first, again)
    assert all(abs(float((first == other).float().mean()) - 0.5) < 0.06 for other in others)


def test_without_dropout_c2_is_vgg16(trained, make_dataset):
    changed = {"dataset": make_dataset(train=40, test=10, size=32), "width": 0.05, "epochs": 1, "batch_size": 20}
    vgg = trained(model="vgg16", **changed)
    without, with_it = (trained(model="c2", dropout=dropout, **changed) for dropout in (False, True))
    plain, weights, others = (one.state.model.state_dict() for one in (vgg, without, with_it))
    assert all(torch.equal(tensor, weights[name]) for name, tensor in plain.items())
    assert not torch.equal(weights["fc1.linear_map.weight"], others["fc1.linear_map.weight"])


def test_noise_changes_the_training(trained):
    assert trained().metrics["weight_distance"] != trained(activation_noise=0.3).metrics["weight_distance"]


def test_a_gradient_with_noise_has_its_mean_and_the_covariance_of_the_smaller_batch(options):
    """Of a batch of 64 gradients gᵢ: mean (1/64)Σ gᵢ, covariance (σ²/64²) Σ gᵢgᵢᵀ, with σ² = 64/16 - 1."""
    generator = torch.Generator().manual_seed(0)
    inputs, labels = torch.randn(64, 2, generator=generator), torch.randint(0, 3, (64,), generator=generator)
    weights = torch.zeros(2, 3, requires_grad=True)
    state = TrainingState(model := torch.nn.Linear(2, 3), MomentumSGD(model, options, graphed=False))

    def gradient(objective, chosen=slice(None)):
        return torch.autograd.grad(objective(inputs[chosen] @ weights, labels[chosen]), weights)[0].flatten().double()

    drawn = []
    for state.step in range(4000):
        drawn.append(gradient(noisy_cross_entropy(state, 16, 0.0, seed=0)))
    each = torch.stack([gradient(functional.cross_entropy, slice(i, i + 1)) for i in range(64)])
    covariance = 3 / 64**2 * each.T @ each
    deviations = (torch.stack(drawn).mean(0) - each.mean(0)) / (covariance.diagonal() / 4000).sqrt()
    assert deviations.abs().max() < 4
    distance = torch.linalg.norm(torch.cov(torch.stack(drawn).T) - covariance) / torch.linalg.norm(covariance)
    assert distance < 0.06


def test_smoothed_labels_are_trained_on_and_the_reported_cross_entropy_is_plain(trained):
    plain, smoothed = trained(epochs=1, learning_rate=1e-9), trained(epochs=1, learning_rate=1e-9, label_smoothing=0.5)
    reported = [training.state.history[0]["train_cross_entropy"] for training in (plain, smoothed)]
    assert reported[0] == pytest.approx(reported[1], rel=1e-6)
    assert plain.metrics["weight_distance"] != smoothed.metrics["weight_distance"]
