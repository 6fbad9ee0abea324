"""Official data sets are read as torchvision reads them, and no pickle of others is loaded."""

import pickle

import pytest
import torch
from torchvision import datasets

from gengap.data.sources import torchvision
from gengap.errors import UserError

# Mean grey level of the training set, in [0, 1], as commonly printed with these data sets.
MEANS = {
    "MNIST": [0.1307],
    "FashionMNIST": [0.2860],
    "CIFAR10": [0.4914, 0.4822, 0.4465],
    "CIFAR100": [0.5071, 0.4865, 0.4409],
}


def as_torchvision_reads(name, root):
    """Our data set, whose images, labels and classes are those of torchvision."""
    dataset = torchvision.read({"name": name}, root)
    dataset.validate()
    for part in ("train", "test"):
        theirs = getattr(datasets, name)(root, train=part == "train")
        expected = torch.as_tensor(theirs.data)
        expected = expected.permute(0, 3, 1, 2) if expected.ndim == 4 else expected[:, None]
        assert torch.equal(getattr(dataset, f"{part}_images"), expected)
        assert getattr(dataset, f"{part}_labels").tolist() == torch.as_tensor(theirs.targets).tolist()
        assert list(dataset.classes) == theirs.classes
    return dataset


@pytest.mark.parametrize("name", MEANS)
def test_real_images_are_those_that_torchvision_reads(name, torchvision_root):
    images = as_torchvision_reads(name, torchvision_root).train_images
    mean = images.sum(dim=(0, 2, 3), dtype=torch.int64) / (255 * images[:, 0].numel())
    torch.testing.assert_close(mean, torch.tensor(MEANS[name]), atol=6e-5, rtol=0)


@pytest.mark.parametrize(("name", "channels"), [("MNIST", 1), ("CIFAR10", 3), ("CIFAR100", 3)])
def test_tiny_images_are_those_that_torchvision_reads(name, channels, server, tmp_path):
    torchvision.read({"name": name}, tmp_path)
    dataset = as_torchvision_reads(name, tmp_path)
    assert dataset.train_images.shape == (6, channels, 32, 32)
    assert dataset.train_labels.tolist() == [0, 1, 0, 1, 0, 1]


@pytest.mark.parametrize("file", ["data_batch_1", "test_batch", "batches.meta"])
def test_a_pickle_that_is_not_official_is_never_loaded(file, server, trap, tmp_path):
    torchvision.read({"name": "CIFAR10"}, tmp_path)
    pickled = pickle.dumps(trap)
    (tmp_path / "cifar-10-batches-py" / file).write_bytes(pickled)
    with pytest.raises(UserError, match=rf"cifar-10-batches-py/{file} .*damaged"):
        torchvision.read({"name": "CIFAR10"}, tmp_path)
    assert not (tmp_path / "sprung").exists()
    pickle.loads(pickled).close()
    assert (tmp_path / "sprung").exists()
