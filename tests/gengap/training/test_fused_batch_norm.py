"""The fused kernels compute what PyTorch's batch norm, addition and ReLU compute, run by Triton's interpreter."""

import copy
import importlib.util
import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import torch
from torch.nn import functional

import gengap.training
from gengap.errors import UserError
from gengap.models.build import build_model
from gengap.training.agreement import LAYER_TOLERANCE
from gengap.training.fused_batch_norm import FusedBatchNorm, fuse_batch_norm, fuse_where_right
from gengap.training.run import train

SCRIPT = Path(__file__).with_name("fused_batch_norm_cases.py")
needs_triton = pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="needs Triton")
OLD_INTERPRETER = "only 0-dimensional arrays can be converted to Python scalars"


@pytest.fixture(scope="module")
def cases():
    environment = {**os.environ, "PYTHONPATH": str(Path(gengap.__file__).parents[1])}
    done = subprocess.run([sys.executable, SCRIPT], env=environment, capture_output=True, text=True, check=False)
    if OLD_INTERPRETER in done.stderr and metadata.version("triton").startswith("3.6."):
        pytest.skip("the interpreter of Triton 3.6 does not know this NumPy")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@needs_triton
def test_outputs_gradients_and_running_statistics_are_those_of_float64(cases):
    assert len(cases["kernels"]) == 17
    for name, case in cases["kernels"].items():
        added = {"added"} if "add True" in name or "launch" in name else set()
        assert set(case["ours"]) == {"outputs", "inputs", "weight", "bias", "running_mean", "running_var"} | added
        # With a mean of 300 standard deviations float32 itself has but four digits left.
        assert max(case["ours"].values()) < (2e-5 if name == "large mean" else 5e-6), (name, case["ours"])
        assert case["batches"] == [2, 2]
        assert case["channels last"]


@needs_triton
def test_a_nan_stays_in_its_channel_and_does_not_vanish_in_the_relu(cases):
    assert cases["nan"] == [False, True, False]


def statistics_kept(norm, inputs, added=None):
    outputs = functional.batch_norm(inputs, None, None, norm.weight, norm.bias, True, eps=norm.eps)
    outputs = outputs if added is None else outputs + added
    return functional.relu(outputs) if norm.relu else outputs


def half_of_the_gradient(norm, inputs, added=None):
    outputs = FusedBatchNorm.native(norm, inputs, added)
    return (outputs + outputs.detach()) / 2


def addition_forgotten(norm, inputs, added=None):
    return FusedBatchNorm.native(norm, inputs, None if added is None else 0 * added)


@pytest.fixture
def network(monkeypatch, options):
    """A narrow ResNet-56 and a batch, on a machine that seems to have Triton."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: True)
    model = build_model("resnet56", (3, 8, 8), 4, options, seed=0)
    return model, torch.randn(16, 3, 8, 8, generator=torch.Generator().manual_seed(0))


WRONG = [statistics_kept, half_of_the_gradient, addition_forgotten]


@pytest.mark.parametrize("precision", LAYER_TOLERANCE)
@pytest.mark.parametrize("kernels", [FusedBatchNorm.native, *WRONG], ids=lambda kernels: kernels.__name__)
def test_batch_norm_is_fused_only_where_it_is_right(kernels, precision, network, monkeypatch, caplog):
    monkeypatch.setattr(FusedBatchNorm, "fused", kernels)
    model, inputs = network
    logits = copy.deepcopy(model).train()(inputs)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    right, distance = fuse_where_right(model, inputs, precision)
    assert right == (kernels is FusedBatchNorm.native) == (distance <= LAYER_TOLERANCE[precision])
    assert any(isinstance(module, FusedBatchNorm) for module in model.modules()) == right
    assert ("goes on with PyTorch's" in caplog.text) != right
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
    if right:
        torch.testing.assert_close(model.train()(inputs), logits)


def test_without_triton_it_is_refused_in_a_sentence(monkeypatch, options):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UserError, match="needs Triton, which comes with PyTorch's CUDA builds for Linux"):
        fuse_batch_norm(build_model("lenet5", (1, 16, 16), 4, options, seed=0))


@pytest.mark.gpu
@pytest.mark.parametrize("model", ["lenet5", "resnet56"])
def test_on_a_gpu_captured_trainings_agree(model, tmp_path, make_run, make_dataset):
    metrics = {}
    for batch_norm in ("native", "fused"):
        run = make_run(model=model, epochs=2, learning_rate=0.001, metrics="running")
        run["compute"] |= {"device": "cuda", "precision": "fp32", "deterministic": True, "batch_norm": batch_norm}
        training = train(run, make_dataset(), torch.device("cuda"), tmp_path / batch_norm, {})
        assert (training.engine["cuda_graphs"], training.engine["batch_norm"]) == (True, batch_norm)
        metrics[batch_norm] = training.metrics
    for name in ("train_cross_entropy", "test_cross_entropy", "weight_norm"):
        assert metrics["fused"][name] == pytest.approx(metrics["native"][name], rel=1e-3)


def test_every_kernel_is_compiled_alike_whatever_tritons_default(monkeypatch):
    launched = {}

    class Kernel:
        def __init__(self, name):
            self._name = name

        def __getitem__(self, grid):
            return lambda *_, **options: launched.setdefault(self._name, []).append(options["enable_fp_fusion"])

    class Kernels:
        def __getattr__(self, name):
            return Kernel(name)

    monkeypatch.setitem(sys.modules, "gengap.training.batch_norm_kernels", Kernels())
    monkeypatch.setattr(gengap.training, "batch_norm_kernels", Kernels(), raising=False)
    layer = FusedBatchNorm(torch.nn.BatchNorm2d(1), relu=True).train()
    # So many values that their parts are added up by a launch of its own.
    layer(torch.zeros(5, 1, 1000, 1000, requires_grad=True)).sum().backward()
    assert launched == {
        "statistics_parts": [True],
        "combine_parts": [True, True],
        "normalise": [True],
        "gradient_parts": [True],
        "apply_gradients": [True],
    }
