"""A step that is captured in a CUDA graph does what the step as written does, or is given up."""

from contextlib import contextmanager

import pytest
import torch

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
RATES = (0.05, 0.005, 0.0005)


class Case:
    """One network and its data."""

    def __init__(self, options, make_dataset, network=("lenet5", 1, 16, {}), device=CPU, graphed=False):
        name, channels, size, changes = network
        options = options | changes | {"width": 0.1}
        self.augmentation = options["augmentation"]
        dataset = make_dataset(train=90, channels=channels, size=size)
        model = build_model(name, (channels, size, size), 4, options, seed=0)
        model.to(device).to(memory_format=torch.channels_last)
        self.state = TrainingState(model, MomentumSGD(model, options, graphed=graphed))
        scaling = input_scaling("standardize", dataset.train_images).to(device, torch.float32)
        self.images = TrainingImages(
            dataset.train_images, dataset.train_labels, scaling, self.augmentation, device, torch.channels_last
        )

    def draws(self, epoch):
        """Those of each batch: two of 32 images and one of 26."""
        return draw_epoch(0, epoch, 90, self.augmentation).to(self.state.sums.device).split(32)


def train(case, step=None):
    step = step or training_step(case.state, case.images, "fp32")
    case.state.model.train()
    for epoch, rate in enumerate(RATES):
        case.state.optimizer.set_learning_rate(rate)
        case.state.sums.zero_()
        for draws in case.draws(epoch):
            step(draws)


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

    monkeypatch.setattr(torch.cuda, "CUDAGraph", Graph)
    monkeypatch.setattr(torch.cuda, "graph", capture)
    monkeypatch.setattr(torch.cuda, "graph_pool_handle", lambda: "pool")
    monkeypatch.setattr(torch.cuda, "current_stream", lambda: "stream")
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
    as_written, replayed = (Case(options, make_dataset) for _ in range(2))
    train(as_written)
    times, besides = WRONG.get(wrong, (1, lambda tensors: None))

    def replay(graph):
        right = len(graphs) < captures
        for work in graph.work * (1 if right else times):
            work()
        if not right:
            besides(replayed.state.tensors())

    monkeypatch.setattr(Graph, "replay", replay)
    step = GraphedStep(capturable(training_step(replayed.state, replayed.images, "fp32")), replayed.state, "fp32")
    train(replayed, step)
    assert len(graphs) == captures
    assert step.replays == (wrong is None)
    assert step.distance > 0.1 if wrong else step.distance == 0
    assert ("without CUDA graphs" in caplog.text) == bool(wrong)
    torch.testing.assert_close(replayed.state.tensors(), as_written.state.tensors(), rtol=0, atol=0)


@pytest.mark.parametrize(("precision", "tolerance"), STEP_TOLERANCE.items())
@pytest.mark.parametrize("share", [0.9, 1.1])
def test_a_replay_may_differ_by_rounding(precision, tolerance, share, graphs, monkeypatch, options, make_dataset):
    case = Case(options, make_dataset)
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
def test_captured_steps_equal_steps_as_written(each_network, options, make_dataset):
    device = torch.device("cuda")
    configure(device, "fp32", True)
    try:
        as_written = Case(options, make_dataset, each_network, device, graphed=True)
        train(as_written)
        with own_stream(device):
            captured = Case(options, make_dataset, each_network, device, graphed=True)
            step = GraphedStep(training_step(captured.state, captured.images, "fp32"), captured.state, "fp32")
            train(captured, step)
        assert step.replays
    finally:
        configure(CPU, "fp32", False)
    torch.testing.assert_close(captured.state.tensors(), as_written.state.tensors(), rtol=1e-4, atol=1e-5)
