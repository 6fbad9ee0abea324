import copy
import json
import os
import signal

import numpy as np
import pytest
import torch

from gengap.data.store import save
from gengap.models.build import build_model
from gengap.training import run as module
from gengap.training.augment import TrainingImages, draw_epoch
from gengap.training.evaluate import evaluate
from gengap.training.results import HISTORY_COLUMNS, TRAJECTORY_COLUMNS
from gengap.training.run import train
from gengap.training.scaling import input_scaling

CPU, GPU = torch.device("cpu"), torch.device("cuda")


def test_metrics_name_the_run_and_count_its_work(trained):
    metrics = trained(epochs=3, seed=4).metrics
    # 16×16 images leave one pixel: conv 4@5×5, conv 10@5×5, 10 → 100 → 4; gains and shifts of 4, 10 and 100.
    parameters = 4 * 25 + 10 * 4 * 25 + 10 * 100 + 100 * 4 + 4 + 2 * (4 + 10 + 100)
    expected = {"experiment": "one", "model": "lenet5", "dataset": "patterns", "batch_size": 32, "seed": 4}
    expected |= {"updates": 15, "epochs": 3.0, "parameters": parameters}
    assert {name: metrics[name] for name in expected} == expected


def test_final_metrics_are_those_of_the_trained_network(trained, make_dataset, options):
    training = trained(seed=3)
    model, dataset, metrics = training.state.model, make_dataset(), training.metrics
    scaling = input_scaling("standardize", dataset.train_images).to(CPU, torch.float32)
    for split in ("train", "test"):
        found = evaluate(model, getattr(dataset, f"{split}_images"), getattr(dataset, f"{split}_labels"), scaling)
        assert metrics[f"{split}_cross_entropy"] == found.cross_entropy
        assert metrics[f"{split}_error_percent"] == found.error_percent
        assert metrics[f"{split}_loss"] == metrics[f"{split}_cross_entropy"] + metrics["weight_penalty"]
    initial = build_model("lenet5", (1, 16, 16), 4, options, seed=3)
    vectors = [
        torch.cat([parameter.detach().double().flatten() for parameter in network.parameters()]).numpy()
        for network in (model, initial)
    ]
    assert metrics["weight_norm"] == pytest.approx(np.linalg.norm(vectors[0]), rel=1e-12)
    assert metrics["weight_distance"] == pytest.approx(np.linalg.norm(vectors[0] - vectors[1]), rel=1e-9)
    assert metrics["weight_penalty"] == pytest.approx(0.5 * 0.0005 * vectors[0] @ vectors[0], rel=1e-12)


@pytest.mark.parametrize("clipping", [None, 1.0])
def test_a_whole_training_equals_the_plain_loop(each_network, clipping, trained, make_dataset, options):
    """Two epochs of batches of 32, 32 and 26 whose learning rate falls inside the first one, to the last bit.

    Its trajectory has the distances and norms of the plain loop's weights.
    """
    model, channels, size, changes = each_network
    dataset = make_dataset(train=90, channels=channels, size=size)
    changes = changes | {"learning_rate_steps": [0.3], "input_scaling": "unit", "gradient_clipping": clipping}
    state = trained(dataset, model=model, seed=3, **changes).state
    options |= changes
    plain = build_model(model, (channels, size, size), 4, options, seed=3)
    plain.to(memory_format=torch.channels_last).train()
    before = copy.deepcopy(plain.state_dict())
    scaling = input_scaling("unit", dataset.train_images).to(CPU, torch.float32)
    images = TrainingImages(
        dataset.train_images, dataset.train_labels, scaling, options["augmentation"], CPU, torch.channels_last
    )

    def vector():
        return np.concatenate([one.detach().numpy().astype(float).ravel() for one in plain.parameters()])

    start, passed = vector(), []
    for epoch in range(2):
        if epoch == 0 or options["momentum_reset"] == "every_epoch":
            optimizer = torch.optim.SGD(plain.parameters(), lr=0.1, momentum=0.9, weight_decay=0.0005)
        losses, errors, clipped = [], 0, 0
        for draws in draw_epoch(3, epoch, 90, options["augmentation"]).split(32):
            rate = 0.1 if len(passed) < 2 else 0.01
            optimizer.param_groups[0]["lr"] = rate
            inputs, labels = images.batch(draws)
            optimizer.zero_grad()
            logits = plain(inputs)
            loss = torch.nn.functional.cross_entropy(logits, labels)
            loss.backward()
            if clipping:
                clipped += int(torch.nn.utils.clip_grad_norm_(plain.parameters(), clipping) > clipping)
            optimizer.step()
            passed.append((len(passed) + 1, rate, 32, np.linalg.norm(vector() - start), np.linalg.norm(vector())))
            losses += [loss.item()] * len(labels)
            errors += int((logits.argmax(1) != labels).sum())
    noted = [pytest.approx(row, rel=1e-12) for row in passed if row[0] != 5]
    assert [tuple(row.values()) for row in state.trajectory] == noted
    assert tuple(state.trajectory[0]) == TRAJECTORY_COLUMNS
    last = state.history[-1]
    assert last["train_cross_entropy"] == pytest.approx(np.mean(losses), rel=1e-12)
    assert last["train_error_percent"] == pytest.approx(100 * errors / 90)
    assert ("clipped_percent" in last) is (clipping is not None)
    assert last.get("clipped_percent", 0) == 100 * clipped / 3
    # Weights, running means, running variances and the number of batches.
    weights = state.model.state_dict()
    torch.testing.assert_close(weights, plain.state_dict(), rtol=0, atol=0)
    assert not any(torch.equal(weights[name], tensor) for name, tensor in before.items())


@pytest.mark.parametrize(
    "idle",
    [
        {"learning_rate_scaling": "linear", "learning_rate_batch_size": 32},
        {"learning_rate_factor": [0.1, 0.1, 0.1]},
        {"batch_size_factor": 3},
        {"gradient_clipping": 1e9},
        {"ghost_batch_size": 32},
        {"gradient_noise_to": 32},
        {"adam_beta2": 0.5, "adam_epsilon": 0.5},
        {"augmentation_padding": 2, "augmentation_fill": 127, "dropout": False},
        {"equal_updates_to": 32},
    ],
    ids=lambda idle: next(iter(idle)),
)
def test_an_option_that_changes_nothing_changes_no_bit(idle, trained):
    plain, same = trained(), trained(**idle)
    assert same.metrics == plain.metrics
    torch.testing.assert_close(same.state.model.state_dict(), plain.state.model.state_dict(), rtol=0, atol=0)


def test_history_has_a_row_an_epoch(trained):
    training = trained(epochs=4, learning_rate_steps=[0.5], learning_rate=0.05)
    history = training.state.history
    assert all(tuple(row) == HISTORY_COLUMNS for row in history)
    assert [row["epoch"] for row in history] == [1, 2, 3, 4]
    assert [row["updates"] for row in history] == [5, 10, 15, 20]
    assert [row["learning_rate"] for row in history] == [0.05, 0.05, 0.005, 0.005]
    assert {row["batch_size"] for row in history} == {32}
    last, metrics = history[-1], training.metrics
    for column in ("test_error_percent", "test_cross_entropy", "weight_penalty"):
        assert last[column] == metrics[column]
    # The running mean is over changing networks in training mode.
    assert last["train_cross_entropy"] != metrics["train_cross_entropy"]


def test_running_metrics_are_those_of_the_last_epoch(trained):
    training = trained(metrics="running")
    last, metrics = training.state.history[-1], training.metrics
    for column in ("train_cross_entropy", "train_error_percent", "test_cross_entropy"):
        assert metrics[column] == last[column]


@pytest.mark.parametrize(("sizes", "optimizer"), [((50, 10), "sgd"), ((10, 50), "adam")])
def test_a_switch_changes_the_batches_and_a_reset_of_the_momentum_matters(sizes, optimizer, trained):
    switch = {"batch_size": sizes[0], "epochs": 4, "switch_batch_size": sizes[1], "switch_epoch": 0.5}
    kept, reset = (trained(**switch, switch_momentum=choice, optimizer=optimizer) for choice in ("keep", "reset"))
    assert [row["batch_size"] for row in reset.state.history] == [size for size in sizes for _ in range(2)]
    assert kept.metrics["updates"] == reset.metrics["updates"] == 2 * 3 + 2 * 15
    assert kept.metrics["weight_distance"] != reset.metrics["weight_distance"]


def test_a_training_imports_nothing_that_it_does_not_need(tmp_path, make_run, make_dataset, imported):
    # Thousands of jobs pay for it; PyTorch's compiler (torch._dynamo, sympy) alone takes as long as PyTorch.
    save(make_dataset(), tmp_path / "data.safetensors")
    code = """
import json, sys
import torch
import gengap.runtime.provenance
from gengap.data.store import load
from gengap.training.run import train
train(json.loads(sys.argv[1]), load(sys.argv[2]), torch.device("cpu"), sys.argv[3], {})
"""
    loaded = imported(code, json.dumps(make_run(epochs=1)), tmp_path / "data.safetensors", tmp_path / "checkpoints")
    assert "gengap.models.lenet5" in loaded
    unwanted = {"torch._dynamo", "sympy", "torchvision", "scipy", "sklearn", "pandas", "matplotlib", "seaborn"}
    unwanted |= {"gengap.models.vgg16", "gengap.models.resnet56", "PIL", "gengap.data.sources", "gengap.data.official"}
    assert not loaded & unwanted


@pytest.mark.gpu
@pytest.mark.parametrize(("precision", "graphs"), [("fp32", True), ("fp32", False), ("tf32", True), ("bf16", True)])
def test_a_gpu_trains_as_a_cpu_does_within_its_precision(precision, graphs, tmp_path, make_run, make_dataset):
    """Batches of 64, then of 32, each with a smaller last one: four graphs, and momentum and rate across the switch."""
    changes = {"epochs": 4, "learning_rate": 0.01, "switch_batch_size": 32, "switch_epoch": 0.5}
    on_cpu, on_gpu = (make_run(batch_size=64, augmentation="crop_flip", **changes) for _ in range(2))
    on_gpu["compute"] |= {"device": GPU.type, "precision": precision, "cuda_graphs": graphs}
    dataset = make_dataset()
    expected = train(on_cpu, dataset, CPU, tmp_path / "cpu", {}).metrics
    metrics = train(on_gpu, dataset, GPU, tmp_path / "gpu", {}).metrics
    assert metrics["updates"] == expected["updates"] == 2 * 3 + 2 * 5
    tolerance = {"fp32": 1e-3, "tf32": 2e-2, "bf16": 1e-1}[precision]
    for name in ("train_cross_entropy", "test_cross_entropy", "weight_norm", "weight_distance"):
        assert metrics[name] == pytest.approx(expected[name], rel=tolerance), name


@pytest.mark.gpu
def test_a_stopped_training_on_a_gpu_goes_on_to_the_same_bits(tmp_path, make_run, make_dataset, monkeypatch):
    run = make_run(epochs=4, augmentation="crop_flip")
    run["compute"] |= {"device": GPU.type, "precision": "fp32", "deterministic": True}
    dataset = make_dataset()
    try:
        whole = train(run, dataset, GPU, tmp_path / "whole", {}).state.model.state_dict()

        def stopping(seed, epoch, *rest):
            if epoch == 2:
                os.kill(os.getpid(), signal.SIGTERM)
            return draw_epoch(seed, epoch, *rest)

        monkeypatch.setattr(module, "draw_epoch", stopping)
        with pytest.raises(SystemExit):
            train(run, dataset, GPU, tmp_path / "stopped", {})
        resumed = train(run, dataset, GPU, tmp_path / "stopped", {})
    finally:
        torch.use_deterministic_algorithms(False)
    assert resumed.metrics["epochs"] == 4
    assert all(torch.equal(tensor, whole[name]) for name, tensor in resumed.state.model.state_dict().items())
