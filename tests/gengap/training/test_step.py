"""The engine does what a plain PyTorch loop does, bit for bit on a CPU."""

import copy
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from torch.nn import functional

from gengap.models.build import build_model
from gengap.runtime.device import own_stream
from gengap.training.agreement import STEP_TOLERANCE
from gengap.training.augment import TrainingImages, draw_epoch
from gengap.training.precision import configure
from gengap.training.scaling import input_scaling
from gengap.training.sgd import MomentumSGD
from gengap.training.state import TrainingState
from gengap.training.step import GraphedStep, training_step

CPU = torch.device("cpu")
BATCH_SIZE = 32
RATES = (0.05, 0.005)
CASES = {
    "lenet5": {"channels": 1, "size": 16, "augmentation": "none", "normalization": "batch"},
    "lenet5 without batch norm": {"channels": 1, "size": 16, "augmentation": "none", "normalization": "none"},
    "vgg16": {"channels": 3, "size": 32, "augmentation": "crop_flip", "normalization": "batch"},
    "resnet56": {"channels": 3, "size": 8, "augmentation": "crop_flip", "normalization": "batch"},
}


class Case:
    """One network, its data, and a plain copy of the network."""

    def __init__(self, name, options, make_dataset, device=CPU, graphed=False, clipping=None):
        chosen = CASES[name]
        self.options = options | {key: chosen[key] for key in ("augmentation", "normalization")} | {"width": 0.1}
        dataset = make_dataset(train=90, channels=chosen["channels"], size=chosen["size"])
        shape = tuple(dataset.train_images.shape[1:])
        model = build_model(name.split()[0], shape, 4, self.options, seed=0).to(memory_format=torch.channels_last)
        self.plain_model = copy.deepcopy(model)
        optimizer = MomentumSGD(model.to(device), self.options, graphed=graphed)
        self.state = TrainingState(model.to(device), optimizer, clipping)
        scaling = input_scaling("standardize", dataset.train_images).to(device, torch.float32)
        self.images = TrainingImages(
            dataset.train_images, dataset.train_labels, scaling, chosen["augmentation"], device, torch.channels_last
        )

    def draws(self, epoch, device=CPU):
        """Those of each batch: two of 32 images and one of 26."""
        return draw_epoch(0, epoch, 90, self.options["augmentation"]).to(device).split(BATCH_SIZE)


def plain_epochs(case, rates, clipping=None):
    """The dozen lines that everyone writes; returns of the last epoch the mean cross-entropy, errors, clipped updates."""
    model = case.plain_model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, weight_decay=case.options["weight_decay"])
    for epoch, rate in enumerate(rates):
        optimizer.param_groups[0]["lr"] = rate
        losses, errors, clipped = [], 0, 0
        for draws in case.draws(epoch):
            inputs, labels = case.images.batch(draws)
            optimizer.zero_grad()
            logits = model(inputs)
            loss = functional.cross_entropy(logits, labels)
            loss.backward()
            if clipping:
                clipped += int(torch.nn.utils.clip_grad_norm_(model.parameters(), clipping) > clipping)
            optimizer.step()
            losses += [loss.item()] * len(labels)
            errors += int((logits.argmax(1) != labels).sum())
    return np.mean(losses), errors, clipped


def engine_epochs(case, rates, step=None, device=CPU):
    step = step or training_step(case.state, case.images, "fp32")
    case.state.model.train()
    for epoch, rate in enumerate(rates):
        case.state.optimizer.set_learning_rate(rate)
        case.state.sums.zero_()
        for draws in case.draws(epoch, device):
            step(draws)


@pytest.mark.parametrize("clipping", [None, 1.0])
@pytest.mark.parametrize("name", CASES)
def test_two_epochs_equal_the_plain_loop(name, clipping, options, make_dataset):
    case = Case(name, options, make_dataset, clipping=clipping)
    start = copy.deepcopy(case.plain_model.state_dict())
    cross_entropy, errors, clipped = plain_epochs(case, RATES, clipping)
    engine_epochs(case, RATES)
    # Weights, running means, running variances and the number of batches, the partial batch of 26 included.
    plain = case.plain_model.state_dict()
    assert plain.keys() == case.state.model.state_dict().keys()
    for key, tensor in case.state.model.state_dict().items():
        assert torch.equal(tensor, plain[key]), key
        assert not torch.equal(tensor, start[key]), key
    assert case.state.sums[0].item() / 90 == pytest.approx(cross_entropy, rel=1e-12)
    assert case.state.sums[1:].tolist() == ([errors, clipped] if clipping else [errors])


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


@pytest.mark.parametrize(("wrong", "captures"), [(None, 2), *((wrong, number) for wrong in WRONG for number in (1, 2))])
def test_after_a_wrong_replay_the_training_goes_on_as_written(
    wrong, captures, graphs, monkeypatch, caplog, options, make_dataset
):
    """Whether the graph of a whole batch is wrong or that of the last, partial one."""
    as_written, replayed = (Case("lenet5", options, make_dataset) for _ in range(2))
    engine_epochs(as_written, RATES)
    times, besides = WRONG.get(wrong, (1, lambda tensors: None))

    def replay(graph):
        right = len(graphs) < captures
        for work in graph.work * (1 if right else times):
            work()
        if not right:
            besides(replayed.state.tensors())

    monkeypatch.setattr(Graph, "replay", replay)
    step = GraphedStep(capturable(training_step(replayed.state, replayed.images, "fp32")), replayed.state, "fp32")
    engine_epochs(replayed, RATES, step)
    assert len(graphs) == captures
    assert step.replays == (wrong is None)
    assert step.distance > 0.1 if wrong else step.distance == 0
    assert ("without CUDA graphs" in caplog.text) == bool(wrong)
    expected = as_written.state.tensors()
    assert all(torch.equal(tensor, expected[key]) for key, tensor in replayed.state.tensors().items())


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
    step(case.draws(0)[0])
    # The momentum was zero before.
    assert step.distance == pytest.approx(share * tolerance, rel=1e-3)
    assert step.replays == (share < 1)


@pytest.mark.gpu
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
