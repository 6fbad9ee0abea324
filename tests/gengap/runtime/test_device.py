"""The device is chosen where the job runs, and days on a CPU are not begun by accident."""

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch

from gengap.errors import UserError
from gengap.models.build import build_model
from gengap.runtime import device
from gengap.runtime.device import choose_device, forward_flops, own_stream, refuse_days_on_cpu, set_threads

CPU = torch.device("cpu")
IMAGES = {"lenet5": (1, 28, 28), "vgg16": (3, 32, 32), "resnet56": (3, 32, 32)}


@pytest.fixture
def model(model_options):
    return lambda name: build_model(name, IMAGES[name], 10, model_options(), seed=0)


@pytest.mark.parametrize(
    ("there", "chosen"), [((), "cpu"), (("mps",), "mps"), (("cuda",), "cuda"), (("cuda", "mps"), "cuda")]
)
def test_auto_takes_a_gpu_where_there_is_one_and_what_is_asked_for_must_be_there(there, chosen, monkeypatch):
    monkeypatch.setattr(
        device, "_AVAILABLE", {name: lambda name=name: name in (*there, "cpu") for name in device._AVAILABLE}
    )
    assert (choose_device("auto").type, choose_device("cpu").type) == (chosen, "cpu")
    for missing in {"cuda", "mps"} - set(there):
        with pytest.raises(UserError, match=f"`compute.device` .*`{missing}`.*`auto`"):
            choose_device(missing)


@pytest.mark.parametrize("place", ["0", None])
def test_an_unusable_gpu_is_told_and_the_cpu_has_the_threads_of_the_configuration(place, monkeypatch, caplog):
    monkeypatch.setattr(device, "gpu_slot", lambda: nullcontext(place))
    monkeypatch.setattr(device, "_AVAILABLE", dict.fromkeys(device._AVAILABLE, lambda: False) | {"cpu": lambda: True})
    before = torch.get_num_threads()
    try:
        for setting in ("auto", "cpu"):
            with device.computing_device({"device": setting, "threads": before + 1}) as chosen:
                assert (chosen, torch.get_num_threads()) == (CPU, before + 1)
        set_threads(torch.device("cuda"), before)
        assert torch.get_num_threads() == before + 1
    finally:
        torch.set_num_threads(before)
    assert ("GPU 0" in caplog.text) is (place is not None)


LENET5_BY_HAND = 24 * 24 * 20 * 25 + 8 * 8 * 50 * 20 * 25 + 800 * 500 + 500 * 10


@pytest.mark.parametrize(
    ("name", "multiplications", "tolerance"),
    # Multiply-adds of one forward pass as published for CIFAR: VGG-16 313 M, ResNet-56 125 M.
    [("vgg16", 313.5e6, 0.01), ("resnet56", 125.5e6, 0.01), ("lenet5", LENET5_BY_HAND, 0)],
)
def test_arithmetic_is_that_of_the_literature_and_leaves_the_model_as_it_was(name, multiplications, tolerance, model):
    network = model(name).train()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    assert forward_flops(network, IMAGES[name]) == pytest.approx(2 * multiplications, rel=tolerance)
    assert network.training
    assert not any(module._forward_hooks for module in network.modules())
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state_dict().items())


@pytest.mark.parametrize(
    ("setting", "chosen", "name", "epochs", "refused"),
    [
        ("auto", "cpu", "vgg16", 200, True),
        ("auto", "cpu", "resnet56", 200, True),
        ("auto", "cpu", "lenet5", 60, False),
        ("auto", "cpu", "resnet56", 3, False),
        ("cpu", "cpu", "vgg16", 200, False),
        ("auto", "cuda", "vgg16", 200, False),
    ],
)
def test_days_on_a_cpu_are_refused_unless_they_are_meant(setting, chosen, name, epochs, refused, model):
    told = pytest.raises(UserError, match=r" \d\.\d days .*compute: \{device: cpu\}")
    with told if refused else nullcontext():
        refuse_days_on_cpu(setting, torch.device(chosen), model(name), IMAGES[name], epochs * 50_000)


def test_work_on_a_gpu_has_a_stream_that_graphs_can_be_captured_on_and_is_waited_for(monkeypatch):
    happened = []
    stream = SimpleNamespace(synchronize=lambda: happened.append("waited"))
    monkeypatch.setattr(torch.cuda, "Stream", lambda device: stream)
    monkeypatch.setattr(torch.cuda, "stream", lambda made: nullcontext(happened.append(made)))
    with own_stream(CPU):
        assert not happened
    with own_stream(torch.device("cuda")):
        happened.append("computed")
    assert happened == [stream, "computed", "waited"]
