"""The official MNIST, Fashion-MNIST, CIFAR-10 and CIFAR-100, laid out and downloaded as torchvision does."""

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torchvision import datasets

from gengap.data.official import IDX_MD5, NAMES, official_contents
from gengap.data.source_options import complete, expected
from gengap.data.store import ImageDataset
from gengap.errors import UserError


def read(options: Mapping[str, Any], root: Path) -> ImageDataset:
    """Read an official data set from a folder in torchvision's layout, which is filled first if need be.

    Args:
        options: `name`: MNIST, FashionMNIST, CIFAR10 or CIFAR100.
        root: folder that holds, or will hold, `MNIST/raw`, `FashionMNIST/raw`, `cifar-10-batches-py`,
            `cifar-100-python`.

    Raises:
        UserError: the name is unknown; a file is damaged, or missing and cannot be downloaded.
    """
    name = complete("torchvision", options, required=["name"])["name"]
    if name not in NAMES:
        raise UserError(f"torchvision's data set `{name}` is not supported; {expected(name, NAMES)}.")
    contents = official_contents(name, root)
    if name in IDX_MD5:
        train, test = (_idx_split(contents, f"{name}/raw/{prefix}") for prefix in ("train", "t10k"))
        classes = getattr(datasets, name).classes
    else:
        kind = getattr(datasets, name)
        folder, meta = kind.base_folder, kind.meta
        train, test = (_cifar_split(contents, folder, files) for files in (kind.train_list, kind.test_list))
        classes = _unpickle(contents[f"{folder}/{meta['filename']}"])[meta["key"]]
    return ImageDataset(*train, *test, classes=tuple(classes), name=name, source=f"torchvision {name}")


def _idx_split(contents: Mapping[str, bytes], prefix: str) -> tuple[torch.Tensor, torch.Tensor]:
    images = _parse_idx(contents[f"{prefix}-images-idx3-ubyte"])[:, None]
    labels = _parse_idx(contents[f"{prefix}-labels-idx1-ubyte"])
    return torch.from_numpy(images.copy()), torch.from_numpy(labels.astype(np.int64))


def _parse_idx(content: bytes) -> np.ndarray:
    """Unsigned bytes in LeCun's idx format: the fourth byte is the number of axes, their lengths follow."""
    axes = content[3]
    shape = np.frombuffer(content, ">u4", count=axes, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * axes).reshape(shape)


def _cifar_split(
    contents: Mapping[str, bytes], folder: str, files: list[list[str]]
) -> tuple[torch.Tensor, torch.Tensor]:
    batches = [_unpickle(contents[f"{folder}/{file}"]) for file, _ in files]
    images = np.concatenate([batch["data"] for batch in batches]).reshape(-1, 3, 32, 32)
    # CIFAR-100 also has coarse labels.
    key = "labels" if "labels" in batches[0] else "fine_labels"
    labels = [label for batch in batches for label in batch[key]]
    return torch.from_numpy(images), torch.tensor(labels, dtype=torch.int64)


def _unpickle(content: bytes) -> dict[str, Any]:
    """Load a pickle. Only for contents whose checksum was verified: a pickle can run any code."""
    return pickle.loads(content, encoding="latin1")
