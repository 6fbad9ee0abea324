"""The engine does what a plain PyTorch loop does, bit for bit on a CPU."""

import copy
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from gengap.models.build import build_model
from gengap.runtime.device import own_stream
from gengap.training.agreement import STEP_TOLERANCE
from gengap.training.augment import TrainingImages, draw_epoch
from gengap.training.precision import configure
from gengap.training.scaling import input_scaling
from gengap.training.sgd import MomentumSGD
from gengap.training.state import TrainingState
from gengap.training.step import GraphedStep, training_step, undone

CPU = torch.device("cpu")
BATCH_SIZE = 32
CASES = {
    "lenet5": {"channels": 1, "size": 16, "augmentation": "none", "normalization": "batch"},
    "lenet5 without batch norm": {"channels": 1, "size": 16, "augmentation": "none", "normalization": "none"},
    "vgg16": {"channels": 3, "size": 32, "augmentation": "crop_flip", "normalization": "batch"},
    "resnet56": {"channels": 3, "size": 8, "augmentation": "crop_flip", "normalization": "batch"},
}


class Case:
    """One network, its data, and a plain copy of both."""

    def __init__(self, name, options, make_dataset, device=CPU, graphed=False, clipping=None):
        chosen = CASES[name]
        self.options = options | {key: chosen[key] for key in ("augmentation", "normalization")} | {"width": 0.1}
        self.dataset = make_dataset(train=90, channels=chosen["channels"], size=chosen["size"])
        shape = tuple(self.dataset.train_images.shape[1:])
        model = build_model(name.split()[0], shape, 4, self.options, seed=0).to(memory_format=torch.channels_last)
        self.plain_model = copy.deepcopy(model)
        optimizer = MomentumSGD(model.to(device), self.options, graphed=graphed)
        self.state = TrainingState(model.to(device), optimizer, clipping)
        scaling = input_scaling("standardize", self.dataset.train_images).to(device, torch.float32)
        self.images = TrainingImages(
            self.dataset.train_images, self.dataset.train_labels, scaling, chosen["augmentation"], device,
            torch.channels_last,
        )  # fmt: skip

    def draws(self, epoch):
        return draw_epoch(0, epoch, 90, self.options["augmentation"])

    def plain_loader(self, epoch):
        """A `DataLoader` of the epoch's images, cropped and mirrored by NumPy, scaled by NumPy's constants."""
        images = self.dataset.train_images.numpy()
        mean = images.mean((0, 2, 3), keepdims=True, dtype=np.float64).astype(np.float32)
        std = images.std((0, 2, 3), keepdims=True, dtype=np.float64).astype(np.float32)
        rows = self.draws(epoch).numpy()
        taken = images[rows[:, 0]]
        if self.options["augmentation"] == "crop_flip":
            size = images.shape[2]
            padded = np.pad(taken, ((0, 0), (0, 0), (4, 4), (4, 4)))
            crops = [image[:, t : t + size, x : x + size] for image, (_, t, x, _) in zip(padded, rows, strict=True)]
            taken = np.stack([crop[..., ::-1] if row[3] else crop for crop, row in zip(crops, rows, strict=True)])
        inputs = torch.from_numpy((taken.astype(np.float32) - mean) / std)
        return DataLoader(TensorDataset(inputs, self.dataset.train_labels[rows[:, 0]]), batch_size=BATCH_SIZE)


def plain_epochs(case, rates):
    """The dozen lines that everyone writes; returns the mean cross-entropy and the errors of the last epoch."""
    model, options = case.plain_model, case.options
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=options["weight_decay"])
    model.train()
    for epoch, rate in enumerate(rates):
        optimizer.param_groups[0]["lr"] = rate
        losses, errors = [], 0
        for inputs, labels in case.plain_loader(epoch):
            optimizer.zero_grad()
            logits = model(inputs.contiguous(memory_format=torch.channels_last))
            loss = functional.cross_entropy(logits, labels)
            loss.backward()
            optimizer.step()
            losses += [loss.item()] * len(labels)
            errors += int((logits.argmax(1) != labels).sum())
    return np.mean(losses), errors


def engine_epochs(case, rates, step=None, device=CPU):
    step = step or training_step(case.state, case.images, "fp32")
    case.state.model.train()
    for epoch, rate in enumerate(rates):
        case.state.optimizer.set_learning_rate(rate)
        case.state.sums.zero_()
        for draws in case.draws(epoch).to(device).split(BATCH_SIZE):
            step(draws)


@pytest.mark.parametrize("name", CASES)
def test_two_epochs_equal_the_plain_loop(name, options, make_dataset):
    case = Case(name, options, make_dataset)
    rates = (0.05, 0.005)
    start = copy.deepcopy(case.plain_model.state_dict())
    cross_entropy, errors = plain_epochs(case, rates)
    engine_epochs(case, rates)
    # Weights, running means, running variances and the number of batches, the partial batch of 26 included.
    plain = case.plain_model.state_dict()
    assert plain.keys() == case.state.model.state_dict().keys()
    for key, tensor in case.state.model.state_dict().items():
        assert torch.equal(tensor, plain[key]), key
        assert not torch.equal(tensor, start[key]), key
    assert case.state.sums[0].item() / 90 == pytest.approx(cross_entropy, rel=1e-12)
    assert case.state.sums[1].item() == errors


def test_clipped_gradients_are_those_of_pytorchs_clipping_and_are_counted(options, make_dataset):
    case = Case("lenet5", options, make_dataset, clipping=1.0)
    model = case.plain_model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=options["weight_decay"])
    norms = []
    for inputs, labels in case.plain_loader(0):
        optimizer.zero_grad()
        functional.cross_entropy(model(inputs.contiguous(memory_format=torch.channels_last)), labels).backward()
        norms.append(float(torch.cat([parameter.grad.flatten() for parameter in model.parameters()]).norm()))
        for parameter in model.parameters():
            parameter.grad /= max(1, norms[-1])
        optimizer.step()
    engine_epochs(case, (0.05,))
    assert case.state.sums[2].item() == sum(norm > 1 for norm in norms) > 0
    for key, tensor in case.state.model.state_dict().items():
        torch.testing.assert_close(tensor, model.state_dict()[key], rtol=1e-4, atol=1e-6)


def test_warm_up_steps_leave_no_trace(options, make_dataset):
    case = Case("lenet5", options, make_dataset)
    step = training_step(case.state, case.images, "fp32")
    step(case.draws(0)[:BATCH_SIZE])
    before = {name: tensor.detach().clone() for name, tensor in case.state.tensors().items()}
    with undone(case.state):
        for _ in range(3):
            step(case.draws(0)[BATCH_SIZE:])
        assert not any(torch.equal(before[name], tensor) for name, tensor in case.state.tensors().items())
    for name, tensor in case.state.tensors().items():
        assert torch.equal(before[name], tensor), name


class Graph:
    """Stands for a CUDA graph: what is captured does not run, a replay runs it."""

    capturing = None

    def __init__(self):
        self.work = []

    def replay(self):
        for work in self.work:
            work()


@pytest.fixture
def graphs(monkeypatch):
    """Captures as they happen, on a machine that pretends to have CUDA graphs."""
    captured = []

    @contextmanager
    def capture(graph, *, pool, stream):
        assert (pool, stream) == ("pool", "stream")
        captured.append(graph)
        Graph.capturing = graph
        yield
        Graph.capturing = None

    for name, stand_in in {
        "CUDAGraph": Graph,
        "graph": capture,
        "graph_pool_handle": lambda: "pool",
        "current_stream": lambda: "stream",
    }.items():
        monkeypatch.setattr(torch.cuda, name, stand_in)
    return captured


def capturable(step):
    def run_or_capture(draws):
        if Graph.capturing is None:
            step(draws)
        else:
            Graph.capturing.work.append(lambda: step(draws))

    return run_or_capture


def test_replays_are_the_steps_and_captures_leave_no_trace(graphs, options, make_dataset):
    rates = (0.05, 0.005)
    as_written, replayed = (Case("lenet5", options, make_dataset) for _ in range(2))
    engine_epochs(as_written, rates)
    written = training_step(replayed.state, replayed.images, "fp32")
    step = GraphedStep(capturable(written), replayed.state, "fp32")
    engine_epochs(replayed, rates, step)
    # One graph for the batches of 32 and one for the last, of 26 images.
    assert len(graphs) == 2
    assert (step.replays, step.distance) == (True, 0.0)
    expected = as_written.state.tensors()
    for key, tensor in replayed.state.tensors().items():
        assert torch.equal(tensor, expected[key]), key


def scaled(part, factor):
    """Multiplies the tensors of the state whose names have this part."""

    def scale(tensors):
        for key, tensor in tensors.items():
            if part in key:
                tensor.data.mul_(factor)

    return scale


# What a wrong graph may do: the number of times that it runs the step, and what it does besides.
WRONG = {
    "nothing": (0, lambda tensors: None),
    "two updates": (2, lambda tensors: None),
    "weights that are not finite": (1, scaled("model.conv1.linear_map.weight", torch.inf)),
    "running means": (1, scaled("running_mean", 1.5)),
    "the momentum of a layer": (1, scaled("momentum.fc1.linear_map.weight", 0.0)),
    "the sums": (1, scaled("sums", 1.5)),
}


@pytest.mark.parametrize("captures", [1, 2])
@pytest.mark.parametrize("wrong", WRONG)
def test_after_a_wrong_replay_the_training_goes_on_as_written(
    wrong, captures, graphs, monkeypatch, caplog, options, make_dataset
):
    """Whether the graph of a whole batch is wrong or that of the last, partial one."""
    rates = (0.05, 0.005)
    as_written, replayed = (Case("lenet5", options, make_dataset) for _ in range(2))
    engine_epochs(as_written, rates)
    times, besides = WRONG[wrong]

    def replay(graph):
        right = len(graphs) < captures
        for work in graph.work * (1 if right else times):
            work()
        if not right:
            besides(replayed.state.tensors())

    monkeypatch.setattr(Graph, "replay", replay)
    step = GraphedStep(capturable(training_step(replayed.state, replayed.images, "fp32")), replayed.state, "fp32")
    engine_epochs(replayed, rates, step)
    assert len(graphs) == captures
    assert not step.replays
    assert step.distance > 0.1
    assert "without CUDA graphs" in caplog.text
    expected = as_written.state.tensors()
    for key, tensor in replayed.state.tensors().items():
        assert torch.equal(tensor, expected[key]), key


@pytest.mark.parametrize(("precision", "tolerance"), STEP_TOLERANCE.items())
@pytest.mark.parametrize("share", [0.9, 1.1])
def test_a_replay_may_differ_by_rounding(precision, tolerance, share, graphs, monkeypatch, options, make_dataset):
    case = Case("lenet5", options, make_dataset)
    run = Graph.replay

    def replay(graph):
        run(graph)
        scaled("momentum", 1 + share * tolerance)(case.state.tensors())

    monkeypatch.setattr(Graph, "replay", replay)
    step = GraphedStep(capturable(training_step(case.state, case.images, "fp32")), case.state, precision)
    step(case.draws(0)[:BATCH_SIZE])
    # The momentum was zero before.
    assert step.distance == pytest.approx(share * tolerance, rel=1e-3)
    assert step.replays == (share < 1)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("name", CASES)
def test_captured_steps_equal_steps_as_written(name, options, make_dataset):
    rates = (0.05, 0.005, 0.0005)
    device = torch.device("cuda")
    configure(device, "fp32", True)
    try:
        as_written = Case(name, options, make_dataset, device, graphed=True)
        engine_epochs(as_written, rates, device=device)
        with own_stream(device):
            captured = Case(name, options, make_dataset, device, graphed=True)
            step = GraphedStep(training_step(captured.state, captured.images, "fp32"), captured.state, "fp32")
            engine_epochs(captured, rates, step, device)
        assert step.replays
    finally:
        configure(CPU, "fp32", False)
    expected = as_written.state.tensors()
    for key, tensor in captured.state.tensors().items():
        torch.testing.assert_close(tensor, expected[key], rtol=1e-4, atol=1e-5, msg=key)
