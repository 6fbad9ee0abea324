"""Tiny stand-ins for the official data sets and for the servers that torchvision downloads them from."""

import gzip
import hashlib
import io
import pickle
import tarfile
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from torchvision import datasets

from gengap.data import official

TRAIN, TEST = 6, 4
IMAGES = np.random.default_rng(0).integers(0, 256, size=(TRAIN + TEST, 3, 32, 32), dtype=np.uint8)
LABELS = np.arange(TRAIN + TEST) % 2


class Server:
    """Answers torchvision's requests with tiny files; how it answers can be replaced.

    Attributes:
        requests: names of the files that were asked for.
        answer: from the name of a file and its content to what is sent; may raise.
    """

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.requests: list[str] = []
        self.answer: Callable[[str, bytes], bytes] = lambda name, content: content

    def open(self, request: urllib.request.Request) -> "Response":
        name = request.full_url.rpartition("/")[2]
        self.requests.append(name)
        return Response(request.full_url, self.answer(name, self.files[name]))


class Response(io.BytesIO):
    def __init__(self, url: str, content: bytes) -> None:
        super().__init__(content)
        self.url = url
        self.length = len(content)


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def install_mnist(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    grey = IMAGES[:, 0]
    unpacked = {
        "train-images-idx3-ubyte": idx(grey[:TRAIN]),
        "train-labels-idx1-ubyte": idx(LABELS[:TRAIN]),
        "t10k-images-idx3-ubyte": idx(grey[TRAIN:]),
        "t10k-labels-idx1-ubyte": idx(LABELS[TRAIN:]),
    }
    packed = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in unpacked.items()}
    monkeypatch.setitem(official.IDX_MD5, "MNIST", {name: md5(content) for name, content in unpacked.items()})
    monkeypatch.setattr(datasets.MNIST, "resources", [(name, md5(content)) for name, content in packed.items()])
    return packed


def idx(array: np.ndarray) -> bytes:
    """LeCun's idx format: two zeros, 8 for unsigned bytes, number of axes, lengths (big-endian), data."""
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return bytes([0, 0, 8, array.ndim]) + lengths + array.astype(np.uint8).tobytes()


def install_cifar(
    monkeypatch: pytest.MonkeyPatch, kind: type, train_files: list[str], test_file: str, label_key: str
) -> dict[str, bytes]:
    shares = [*np.array_split(np.arange(TRAIN), len(train_files)), np.arange(TRAIN, TRAIN + TEST)]
    contents = {
        file: pickle.dumps({"data": IMAGES[share].reshape(len(share), -1), label_key: LABELS[share].tolist()})
        for file, share in zip([*train_files, test_file], shares, strict=True)
    }
    contents[kind.meta["filename"]] = pickle.dumps({kind.meta["key"]: ["cat", "dog"]})
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for file, content in contents.items():
            member = tarfile.TarInfo(f"{kind.base_folder}/{file}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    packed = gzip.compress(archive.getvalue(), mtime=0)
    monkeypatch.setattr(kind, "train_list", [[file, md5(contents[file])] for file in train_files])
    monkeypatch.setattr(kind, "test_list", [[test_file, md5(contents[test_file])]])
    monkeypatch.setattr(kind, "meta", {**kind.meta, "md5": md5(contents[kind.meta["filename"]])})
    monkeypatch.setattr(kind, "tgz_md5", md5(packed))
    return {kind.filename: packed}


@pytest.fixture
def trap(tmp_path: Path) -> object:
    """What makes the file `sprung` when it is unpickled."""

    class Trap:
        def __reduce__(self) -> tuple:
            return open, (str(tmp_path / "sprung"), "w")

    return Trap()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    """Tiny MNIST, CIFAR10 and CIFAR100 to download as the official ones, with no pause between attempts."""
    monkeypatch.setattr(official, "PAUSES", (0, 0, 0))
    files = install_mnist(monkeypatch)
    files |= install_cifar(monkeypatch, datasets.CIFAR10, ["data_batch_1", "data_batch_2"], "test_batch", "labels")
    files |= install_cifar(monkeypatch, datasets.CIFAR100, ["train"], "test", "fine_labels")
    server = Server(files)
    monkeypatch.setattr(urllib.request, "urlopen", server.open)
    return server
