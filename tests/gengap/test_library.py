"""The package as a library: any network is measured as NumPy measures it; runs and their networks are found again."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import torchvision
from places import PUBLISHED
from torch import nn

import gengap
from gengap.data.store import save
from gengap.errors import UserError
from gengap.training.perform import TrainingJob, perform


def small_network():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.Flatten(), nn.Linear(6 * 4 * 5, 12))
    network[1].running_mean.fill_(0.1)
    return network.train()


@pytest.fixture
def images():
    return torch.randn(9, 3, 6, 7, generator=torch.Generator().manual_seed(1))


def unfoldings(output):
    modes = dict(zip(("batch", "channel", "height", "width"), range(output.ndim), strict=False))
    return {mode: np.moveaxis(output.numpy(), axis, 0).reshape(output.shape[axis], -1) for mode, axis in modes.items()}


@pytest.mark.parametrize("modules", [None, ["1", "2"]])
def test_values_and_counts_are_those_of_numpy(modules, images):
    network, threshold = small_network(), 3.0
    losses = gengap.near_rank_loss(network, images, modules, thresholds=[threshold], relative_thresholds=[])
    doubled, x, outputs = small_network().double().eval(), images.double(), {}
    with torch.no_grad():
        for name, module in doubled.named_children():
            outputs[name] = x = module(x)
    names = modules or ["0", "4"]
    assert list(losses["layer"].unique()) == names
    for name in names:
        for mode, matrix in unfoldings(outputs[name]).items():
            values = np.linalg.svd(matrix, compute_uv=False)
            rows = losses[(losses["layer"] == name) & (losses["mode"] == mode)].set_index("convention")
            thin, full = (values <= threshold).sum(), (values <= threshold).sum() + max(0, len(matrix) - len(values))
            assert rows["count"].loc[["thin", "full"]].tolist() == [thin, full]
            if outputs[name].ndim == 4:
                assert rows["count"]["literal"] == full
            else:
                assert ("literal" in rows.index) == (mode == "batch")
            np.testing.assert_allclose(rows["sigma_min"], values[-1], rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose(rows["sigma_max"], values[0], rtol=1e-12)
            shares = values[values > 1e-12 * values[0]] / values.sum()
            np.testing.assert_allclose(rows["effective_rank"], np.exp(-(shares * np.log(shares)).sum()), rtol=1e-9)
    assert network.training
    assert network[0].weight.dtype == torch.float32


def test_the_floor_is_what_the_shapes_force():
    # Three channels and a bias span four directions of sixty-four.
    torch.manual_seed(0)
    losses = gengap.near_rank_loss(nn.Sequential(nn.Conv2d(3, 64, 1)), torch.randn(8, 3, 5, 5))
    channels = losses[(losses["mode"] == "channel") & (losses["threshold"] == 1e-4)]
    assert channels[["count", "floor"]].to_numpy().tolist() == [[60, 60]] * 3


@pytest.mark.parametrize(
    "build",
    [
        torchvision.models.squeezenet1_1,
        torchvision.models.mobilenet_v3_small,
        torchvision.models.shufflenet_v2_x0_5,
        lambda: torchvision.models.resnet.ResNet(torchvision.models.resnet.Bottleneck, [1, 1, 1, 1], num_classes=10),
        lambda: torchvision.models.VisionTransformer(32, 8, 2, 2, 32, 16, num_classes=10),
    ],
)
def test_no_network_has_fewer_zeros_than_the_floor(build):
    torch.manual_seed(0)
    losses = gengap.near_rank_loss(build(), torch.randn(6, 3, 32, 32), thresholds=[], relative_thresholds=[1e-10])
    assert (losses["count"] >= losses["floor"]).all()
    assert (losses["floor"] > 0).any()


def test_a_module_that_is_called_twice_is_two_layers(images):
    layer = nn.Conv2d(3, 3, 1)
    losses = gengap.near_rank_loss(nn.Sequential(layer, nn.ReLU(), layer), images)
    assert list(losses["layer"].unique()) == ["0", "0#2"]


WITH_IDLE = nn.ModuleDict({"used": nn.Conv2d(3, 3, 1), "idle": nn.Conv2d(3, 3, 1)})


@pytest.mark.parametrize(
    ("network", "modules", "told"),
    [
        (nn.Sequential(nn.BatchNorm2d(3)), None, "convolution"),
        (nn.ReLU(), None, "parameters"),
        (small_network(), ["bn"], r"\['bn'\]"),
        (small_network(), [], "module"),
        (WITH_IDLE, ["idle"], "idle"),
        (nn.Sequential(nn.Flatten(), nn.LSTM(126, 4)), ["1"], "tensor"),
    ],
)
def test_what_cannot_be_measured_is_named(network, modules, told, images, monkeypatch):
    monkeypatch.setattr(nn.ModuleDict, "forward", lambda self, x: self["used"](x), raising=False)
    with pytest.raises(ValueError, match=told):
        gengap.near_rank_loss(network, images, modules)
    with pytest.raises(ValueError, match="floating-point"):
        gengap.near_rank_loss(small_network(), images.to(torch.uint8))


def test_the_published_runs_are_a_row_each_with_their_options(tmp_path):
    measurements = PUBLISHED / "measurements"
    runs = gengap.load_runs(measurements)
    assert len(runs) == len(list(measurements.glob("runs/*/*/*/metrics.json")))
    run = runs.set_index(["experiment", "batch_size", "seed"]).loc[("lenet5_mnist", 128, 0)]
    assert (run["test_error_percent"], run["updates"], run["width"]) == (0.49, 28140, 1.0)
    assert run["learning_rate_steps"] == (0.5, 0.75, 0.9)
    assert pd.isna(run["rank_limit"])  # an option that is newer than the run
    with pytest.raises(UserError, match="no training"):
        gengap.load_runs(tmp_path)


def test_a_run_gives_its_network_back(tmp_path, make_run, make_dataset):
    dataset, data = make_dataset(train=40, test=20, classes=5), tmp_path / "data.safetensors"
    save(dataset, data)
    run = make_run(batch_size=8, seed=3, width=0.2, epochs=1, weight_decay=0.0)
    folder = tmp_path / "runs" / "one" / "bs8" / "seed3"
    outputs = ("weights.safetensors", "metrics.json", "history.csv", "trajectory.csv", "provenance.json")
    inputs = ("", str(data), f"{data}.sha256", str(tmp_path / "checkpoints"))
    perform(TrainingJob(run, *inputs, *(str(folder / name) for name in outputs), started=datetime.now(UTC)))
    model, row = gengap.load_model(folder), gengap.load_runs(tmp_path).iloc[0]
    assert (row["width"], row["epochs"], Path(row["folder"])) == (0.2, 1.0, folder)
    pixels = dataset.train_images.float()
    images = (pixels - pixels.mean()) / pixels.std(correction=0)
    wrong = (model(images).argmax(1) != dataset.train_labels).float().mean().item()
    assert 100 * wrong == pytest.approx(row["train_error_percent"])


def test_importing_the_package_imports_no_pytorch(imported):
    assert "torch" not in imported("import gengap")
    with pytest.raises(AttributeError, match="nothing_like_it"):
        gengap.nothing_like_it  # noqa: B018
