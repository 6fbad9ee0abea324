"""The fused kernels compute what PyTorch's batch norm, addition and ReLU compute, run by Triton's interpreter."""

import copy
import importlib.util
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from unittest.mock import MagicMock

import pytest
import torch
from torch.nn import functional

import gengap.training
from gengap.errors import UserError
from gengap.models.build import build_model
from gengap.training.agreement import LAYER_TOLERANCE
from gengap.training.fused_batch_norm import FusedBatchNorm, fuse_batch_norm, fuse_where_right
from gengap.training.run import train

CASES = Path(__file__).with_name("fused_batch_norm_cases.py")
OLD_INTERPRETER = "only 0-dimensional arrays can be converted to Python scalars"


@pytest.mark.skipif(importlib.util.find_spec("triton") is None, reason="needs Triton")
def test_in_tritons_interpreter_the_kernels_compute_what_pytorch_computes_in_float64():
    environment = {**os.environ, "PYTHONPATH": str(Path(gengap.__file__).parents[1])}
    done = subprocess.run([sys.executable, CASES], env=environment, stderr=subprocess.PIPE, text=True, check=False)
    if OLD_INTERPRETER in done.stderr and metadata.version("triton").startswith("3.6."):
        pytest.skip("the interpreter of Triton 3.6 does not know this NumPy")
    assert done.returncode == 0, done.stderr


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


@pytest.mark.parametrize("precision", LAYER_TOLERANCE)
@pytest.mark.parametrize("kernels", [FusedBatchNorm.native, statistics_kept, half_of_the_gradient, addition_forgotten])
def test_batch_norm_is_fused_only_where_it_is_right(kernels, precision, network, monkeypatch, caplog):
    monkeypatch.setattr(FusedBatchNorm, "fused", kernels)
    model, inputs = network
    logits = copy.deepcopy(model).train()(inputs)
    before = copy.deepcopy(model.state_dict())
    right, distance = fuse_where_right(model, inputs, precision)
    assert right == (kernels is FusedBatchNorm.native) == (distance <= LAYER_TOLERANCE[precision])
    assert any(isinstance(module, FusedBatchNorm) for module in model.modules()) == right
    assert ("goes on with PyTorch's" in caplog.text) != right
    torch.testing.assert_close(model.state_dict(), before, rtol=0, atol=0)
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
    kernels = MagicMock()
    monkeypatch.setitem(sys.modules, "gengap.training.batch_norm_kernels", kernels)
    monkeypatch.setattr(gengap.training, "batch_norm_kernels", kernels, raising=False)
    layer = FusedBatchNorm(torch.nn.BatchNorm2d(1), relu=True).train()
    # So many values that their parts are added up by a launch of its own.
    layer(torch.zeros(5, 1, 1000, 1000, requires_grad=True)).sum().backward()
    names = ["statistics_parts", "combine_parts", "normalise", "gradient_parts", "combine_parts", "apply_gradients"]
    launches = [launch for launch in kernels.mock_calls if launch.kwargs]
    assert [name for name, _, _ in launches] == [f"{name}.__getitem__()" for name in names]
    assert all(launch.kwargs["enable_fp_fusion"] for launch in launches)
