"""From an entry of the configuration to one verified file, or to one sentence and no file."""

import multiprocessing
import sys

import numpy as np
import pytest
import torch

from gengap.data.prepare import prepare
from gengap.data.sources import torchvision
from gengap.data.store import load
from gengap.errors import UserError


def write_npz(path, **changes):
    path.parent.mkdir(exist_ok=True)
    arrays = {
        "train_images": np.zeros((4, 8, 8), np.uint8),
        "train_labels": np.array([0, 1, 0, 1]),
        "test_images": np.ones((2, 8, 8), np.uint8),
        "test_labels": np.array([1, 0]),
    }
    np.savez(path, **{**arrays, **changes})
    return {"source": "npz", "path": str(path)}


def test_an_entry_becomes_a_verified_file_wherever_the_data_lay(tmp_path):
    for place in ("here", "there"):
        output = tmp_path / place / "out" / "own.safetensors"
        prepare("own", write_npz(tmp_path / place / "mine.npz"), tmp_path, output)
    dataset = load(output)
    assert (dataset.name, dataset.source) == ("own", "own arrays (mine.npz)")
    assert sorted(path.name for path in output.parent.iterdir()) == ["own.safetensors", "own.safetensors.sha256"]
    assert output.read_bytes() == (tmp_path / "here" / "out" / "own.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"source": "image_folders"}, "`own` .*`image_folders`; .*`image_folder`"),
        ({"source": "..prepare"}, "`own` .*`..prepare`; .*`digits`, `image_folder`, `npz`, `torchvision`"),
        ({"source": None}, "`own` .*`None`"),
        ({"source": "npz"}, "`npz` .*`path`"),
        ({"source": "npz", "path": "x", "paths": 1}, "`paths`; .*`path`"),
        ({"source": "npz", "path": "x", "channels": 1}, "`channels`; .*`path`"),
        ({"source": "torchvision", "name": "FashionMnist"}, "`FashionMnist` .*`FashionMNIST`"),
        ({"source": "digits", "image_size": 7}, "`image_size` 7"),
        ({"source": "digits", "test_fraction": 0}, "`test_fraction` .* 0"),
        ({"source": "digits", "test_fraction": 1.0}, r"`test_fraction` .* 1\.0"),
        ({"source": "digits", "channels": 2}, "`own`.* 2 channels"),
        ({"source": "image_folder", "path": "x", "image_size": 8, "channels": 2}, "`channels` .*2"),
    ],
)
def test_an_option_that_cannot_be_used_is_named_with_what_could_be(options, named, tmp_path):
    with pytest.raises(UserError, match=named):
        prepare("own", options, tmp_path, tmp_path / "own.safetensors")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("images", "warnings"),
    [
        (np.eye(8, dtype=np.uint8), 1),  # 0 and 1, as of a mask
        (np.eye(8, dtype=np.uint8) * 16, 1),  # as scikit-learn has its digits
        (np.eye(8) / 255, 1),
        (np.eye(8, dtype=np.uint8) * 100, 0),
        (np.eye(8), 0),
    ],
)
def test_images_that_use_few_of_the_grey_levels_are_told(images, warnings, tmp_path, caplog):
    options = write_npz(tmp_path / "mine.npz", train_images=np.stack([images] * 4))
    prepare("own", options, tmp_path, tmp_path / "own.safetensors")
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == warnings


@pytest.mark.skipif(sys.platform != "linux", reason="forks a process that has imported PyTorch")
def test_two_processes_may_download_and_prepare_the_same_thing_at_once(tmp_path, server):
    fork = multiprocessing.get_context("fork")
    barrier = fork.Barrier(2)

    def wait_for_the_other(name, content):
        if len(server.requests) == 1:
            barrier.wait(timeout=60)
        return content

    server.answer = wait_for_the_other
    output = tmp_path / "out" / "one.safetensors"
    arguments = ("one", {"source": "torchvision", "name": "MNIST"}, tmp_path / "root", output)
    processes = [fork.Process(target=prepare, args=arguments) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=90)
    assert [process.exitcode for process in processes] == [0, 0]
    assert [path.name for path in (tmp_path / "root").iterdir()] == ["MNIST"]
    assert sorted(path.name for path in output.parent.iterdir()) == ["one.safetensors", "one.safetensors.sha256"]
    assert torch.equal(load(output).train_images, torchvision.read({"name": "MNIST"}, tmp_path / "root").train_images)
    assert server.requests == []
