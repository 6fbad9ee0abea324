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


def test_an_entry_becomes_a_verified_file_named_as_in_the_config(tmp_path):
    write_npz(tmp_path / "mine.npz")
    output = tmp_path / "out" / "own.safetensors"
    prepare("own", {"source": "npz", "path": str(tmp_path / "mine.npz")}, tmp_path, output)
    dataset = load(output)
    assert dataset.name == "own"
    assert dataset.source == "own arrays (mine.npz)"
    assert sorted(path.name for path in output.parent.iterdir()) == ["own.safetensors", "own.safetensors.sha256"]


def test_the_file_does_not_depend_on_where_the_data_lay(tmp_path):
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        write_npz(tmp_path / place / "mine.npz")
        prepare("own", {"source": "npz", "path": str(tmp_path / place / "mine.npz")}, tmp_path, tmp_path / place / "a")
    assert (tmp_path / "here" / "a").read_bytes() == (tmp_path / "there" / "a").read_bytes()


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("image_folders", "has the unknown source `image_folders`; the nearest valid one is `image_folder`."),
        (None, "has the unknown source `None`; valid are `digits`, `image_folder`, `npz`, `torchvision`."),
        ("..prepare", "has the unknown source `..prepare`; valid are "),
    ],
)
def test_an_unknown_source_is_named(source, sentence, tmp_path):
    with pytest.raises(UserError) as error:
        prepare("own", {"source": source}, tmp_path, tmp_path / "own.safetensors")
    assert str(error.value).startswith(f"Data set `own` {sentence}")


def test_bad_labels_leave_no_file(tmp_path):
    write_npz(tmp_path / "mine.npz", test_labels=np.array([1, 2]), classes=np.array(["a", "b"]))
    with pytest.raises(UserError, match=r"Data set `own`: test_labels holds the label 2 but there are 2 classes"):
        prepare("own", {"source": "npz", "path": str(tmp_path / "mine.npz")}, tmp_path, tmp_path / "own.safetensors")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.npz"]


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
