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


@pytest.mark.parametrize("name", ["MNIST", "FashionMNIST"])
def test_real_grey_images_are_those_that_torchvision_reads(name, torchvision_root):
    root = torchvision_root(name)
    dataset = torchvision.read({"name": name}, root)
    dataset.validate()
    train, test = (getattr(datasets, name)(root, train=train) for train in (True, False))
    assert torch.equal(dataset.train_images[:, 0], train.data)
    assert torch.equal(dataset.test_images[:, 0], test.data)
    assert torch.equal(dataset.train_labels, train.targets)
    assert torch.equal(dataset.test_labels, test.targets)
    assert list(dataset.classes) == train.classes
    assert_mean(dataset)


@pytest.mark.parametrize("name", ["CIFAR10", "CIFAR100"])
def test_real_colour_images_are_those_that_torchvision_reads(name, torchvision_root):
    root = torchvision_root(name)
    dataset = torchvision.read({"name": name}, root)
    dataset.validate()
    train, test = (getattr(datasets, name)(root, train=train) for train in (True, False))
    assert torch.equal(dataset.train_images.permute(0, 2, 3, 1), torch.from_numpy(train.data))
    assert torch.equal(dataset.test_images.permute(0, 2, 3, 1), torch.from_numpy(test.data))
    assert dataset.train_labels.tolist() == train.targets
    assert dataset.test_labels.tolist() == test.targets
    assert list(dataset.classes) == train.classes
    assert_mean(dataset)


def assert_mean(dataset):
    images = dataset.train_images
    mean = images.sum(dim=(0, 2, 3), dtype=torch.int64) / (255 * images[:, 0].numel())
    torch.testing.assert_close(mean, torch.tensor(MEANS[dataset.name]), atol=6e-5, rtol=0)


@pytest.mark.parametrize("name", ["CIFAR10", "CIFAR100"])
def test_colour_images_and_fine_labels_keep_their_order(name, server, tmp_path):
    dataset = torchvision.read({"name": name}, tmp_path)
    dataset.validate()
    test = datasets.__dict__[name](tmp_path, train=False)
    assert torch.equal(dataset.test_images.permute(0, 2, 3, 1), torch.from_numpy(test.data))
    assert dataset.train_labels.tolist() == [0, 1, 0, 1, 0, 1]
    assert dataset.classes == ("cat", "dog")


def test_grey_images_have_one_channel(server, tmp_path):
    dataset = torchvision.read({"name": "MNIST"}, tmp_path)
    dataset.validate()
    assert dataset.train_images.shape == (6, 1, 32, 32)
    assert dataset.test_images.shape == (4, 1, 32, 32)
    assert torch.equal(dataset.test_images[:, 0], datasets.MNIST(tmp_path, train=False).data)


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


@pytest.mark.parametrize("file", ["data_batch_1", "test_batch", "batches.meta"])
def test_a_pickle_that_is_not_official_is_never_loaded(file, server, tmp_path):
    torchvision.read({"name": "CIFAR10"}, tmp_path)
    pickled = pickle.dumps(Trap(tmp_path / "sprung"))
    (tmp_path / "cifar-10-batches-py" / file).write_bytes(pickled)
    with pytest.raises(UserError, match=rf"cifar-10-batches-py/{file} is damaged or not the official file"):
        torchvision.read({"name": "CIFAR10"}, tmp_path)
    assert not (tmp_path / "sprung").exists()
    pickle.loads(pickled).close()
    assert (tmp_path / "sprung").exists()


def test_an_unknown_name_is_one_sentence(tmp_path):
    with pytest.raises(UserError, match=r"`FashionMnist` is not supported; the nearest valid one is `FashionMNIST`"):
        torchvision.read({"name": "FashionMnist"}, tmp_path)
