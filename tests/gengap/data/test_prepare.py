import multiprocessing
import sys

import numpy as np
import pytest
import torch

from gengap.data.prepare import prepare
from gengap.data.sources import torchvision
from gengap.data.store import load
from gengap.errors import UserError

FORK = multiprocessing.get_context("fork") if sys.platform == "linux" else None


def write_npz(path, **changes):
    arrays = {
        "train_images": np.zeros((4, 8, 8), np.uint8),
        "train_labels": np.array([0, 1, 0, 1]),
        "test_images": np.ones((2, 8, 8), np.uint8),
        "test_labels": np.array([1, 0]),
    }
    np.savez(path, **{**arrays, **changes})


def test_an_entry_becomes_a_verified_file_wherever_the_data_lay(tmp_path):
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        write_npz(tmp_path / place / "mine.npz")
        output = tmp_path / place / "out" / "own.safetensors"
        prepare("own", {"source": "npz", "path": str(tmp_path / place / "mine.npz")}, tmp_path, output)
    dataset = load(output)
    assert (dataset.name, dataset.source) == ("own", "own arrays (mine.npz)")
    assert sorted(path.name for path in output.parent.iterdir()) == ["own.safetensors", "own.safetensors.sha256"]
    assert output.read_bytes() == (tmp_path / "here" / "out" / "own.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("image_folders", "nearest valid one is `image_folder`"),
        (None, "valid are `digits`, `image_folder`, `npz`, `torchvision`"),
        ("..prepare", "valid are "),
    ],
)
def test_an_unknown_source_is_named(source, sentence, tmp_path):
    with pytest.raises(UserError, match=f"^Data set `own` has the unknown source `{source}`; .*{sentence}"):
        prepare("own", {"source": source}, tmp_path, tmp_path / "own.safetensors")


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
    write_npz(tmp_path / "mine.npz", train_images=np.stack([images] * 4))
    prepare("own", {"source": "npz", "path": str(tmp_path / "mine.npz")}, tmp_path, tmp_path / "own.safetensors")
    told = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(told) == warnings
    assert all("scale them" in message for message in told)


MNIST = {"source": "torchvision", "name": "MNIST"}


@pytest.mark.skipif(sys.platform != "linux", reason="forks a process that has imported PyTorch")
def test_two_processes_may_download_and_prepare_the_same_thing_at_once(tmp_path, server):
    barrier = FORK.Barrier(2)

    def wait_for_the_other(name, content):
        if len(server.requests) == 1:
            barrier.wait(timeout=60)
        return content

    server.answer = wait_for_the_other
    output = tmp_path / "out" / "one.safetensors"
    processes = [FORK.Process(target=prepare, args=("one", MNIST, tmp_path / "root", output)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=90)
    assert [process.exitcode for process in processes] == [0, 0]
    assert [path.name for path in (tmp_path / "root").iterdir()] == ["MNIST"]
    assert sorted(path.name for path in output.parent.iterdir()) == ["one.safetensors", "one.safetensors.sha256"]
    assert torch.equal(load(output).train_images, torchvision.read({"name": "MNIST"}, tmp_path / "root").train_images)
    assert server.requests == []
