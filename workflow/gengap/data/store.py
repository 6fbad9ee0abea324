"""The data set as every later step sees it: four tensors in one checked safetensors file."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors
import safetensors.numpy
import torch

from gengap.errors import UserError
from gengap.runtime.files import atomic_path, sha256, write_checksum

_TENSORS = ("train_images", "train_labels", "test_images", "test_labels")


@dataclass(frozen=True, eq=False)
class ImageDataset:
    """Labelled images of one size, split into a training and a test set.

    Attributes:
        train_images: grey levels 0..255, uint8, N×C×H×W, contiguous.
        train_labels: indices into `classes`, int64, N.
        test_images: as `train_images`, with the same C×H×W.
        test_labels: as `train_labels`.
        classes: the names of the classes.
        name: the data set's name, as in the config.
        source: where the images came from, for the reader of a report.
        note: what a reader must know when interpreting results; may be empty.
    """

    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor
    classes: tuple[str, ...]
    name: str
    source: str
    note: str = ""

    def validate(self) -> None:
        """Check that the tensors keep the promises of the class.

        Raises:
            UserError: the first promise that is broken, in one sentence.
        """
        problem = next(self._problems(), None)
        if problem is not None:
            raise UserError(f"Data set `{self.name}`: {problem}.")

    def _problems(self) -> Iterator[str]:
        yield from _split_problems("train", self.train_images, self.train_labels, len(self.classes))
        yield from _split_problems("test", self.test_images, self.test_labels, len(self.classes))
        train_shape, test_shape = _by(self.train_images.shape[1:]), _by(self.test_images.shape[1:])
        if train_shape != test_shape:
            yield f"the training images are {train_shape} but the test images are {test_shape} (C×H×W)"
        for name in self.classes:
            # Python hands on what is not UTF-8 in the name of a folder as lone surrogates.
            if any("\ud800" <= character <= "\udfff" for character in name):
                yield f"the class name {name!a} is not valid Unicode; rename the class"


def _by(shape: torch.Size) -> str:
    return "×".join(map(str, shape))


def _split_problems(split: str, images: torch.Tensor, labels: torch.Tensor, classes: int) -> Iterator[str]:
    """Yield what is wrong with one split; a caller that stops at the first never sees an inapplicable one."""
    if images.dtype != torch.uint8:
        yield f"{split}_images has the type {images.dtype}, expected torch.uint8"
    if labels.dtype != torch.int64:
        yield f"{split}_labels has the type {labels.dtype}, expected torch.int64"
    if images.ndim != 4:
        yield f"{split}_images has the shape {_by(images.shape)}, expected four axes N×C×H×W"
    if labels.ndim != 1:
        yield f"{split}_labels has the shape {_by(labels.shape)}, expected one axis"
    if len(images) != len(labels):
        yield f"{split}_images holds {len(images)} images but {split}_labels holds {len(labels)} labels"
    if images.numel() == 0:
        yield f"the {split} split is empty (its images have the shape {_by(images.shape)})"
    if images.shape[1] not in (1, 3):
        yield f"{split}_images has {images.shape[1]} channels, expected 1 (grey) or 3 (colour)"
    if not (images.is_contiguous() and labels.is_contiguous()):
        yield f"the {split} tensors are not contiguous; call .contiguous() on them"
    smallest, largest = int(labels.min()), int(labels.max())
    if smallest < 0:
        yield f"{split}_labels holds the negative label {smallest}; labels count from 0"
    if largest >= classes:
        yield f"{split}_labels holds the label {largest} but there are {classes} classes; labels count from 0"


def save(dataset: ImageDataset, path: str | Path) -> None:
    """Validate a data set and write it with its checksum; the same content gives the same bytes.

    Writes `path` (safetensors) and `<path>.sha256`; each appears whole or not at all, and no data
    file is left without its checksum.

    Raises:
        UserError: the data set is invalid, or the file system refuses.
    """
    dataset.validate()
    path = Path(path)
    with atomic_path(path) as temporary:
        temporary.write_bytes(_serialize(dataset))
    try:
        write_checksum(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _serialize(dataset: ImageDataset) -> bytes:
    content = safetensors.numpy.save({key: getattr(dataset, key).numpy() for key in _TENSORS})
    metadata = {
        "classes": json.dumps(dataset.classes, ensure_ascii=False),
        "name": dataset.name,
        "note": dataset.note,
        "source": dataset.source,
    }
    return with_metadata(content, metadata)


def with_metadata(content: bytes, metadata: Mapping[str, str]) -> bytes:
    """Safetensors bytes that have no metadata yet, with these in their order.

    The library writes metadata in random order (safetensors issue 584), which would change the checksum that training
    depends on. The format: header length (8 bytes, little-endian), JSON header padded by spaces to 8 bytes, data.
    """
    header = {"__metadata__": metadata, **json.loads(content[8 : data_start(content)])}
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return b"".join((len(text).to_bytes(8, "little"), text, memoryview(content)[data_start(content) :]))


def data_start(content: bytes) -> int:
    """Where the data of safetensors bytes begin."""
    return 8 + int.from_bytes(content[:8], "little")


def load(path: str | Path, verify: bool = True) -> ImageDataset:
    """Read a data set that `save` wrote.

    Args:
        path: the safetensors file.
        verify: compare the file with the checksum beside it first.

    Raises:
        UserError: the file or its checksum is missing, damaged, or not a data set of this project.
    """
    path = Path(path)
    again = f"delete it and {path.name}.sha256, then run the same command again to make both anew"
    if not path.is_file():
        raise UserError(f"The data set {path} does not exist: run the target `data` to make it.")
    if verify:
        _verify(path, again)
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {key: file.get_tensor(key) for key in _TENSORS}
        dataset = ImageDataset(
            **tensors,
            classes=tuple(json.loads(metadata["classes"])),
            name=metadata["name"],
            source=metadata["source"],
            note=metadata["note"],
        )
    except (safetensors.SafetensorError, KeyError, ValueError, OSError) as error:
        raise UserError(f"The data set {path} cannot be read ({error}): {again}.") from error
    dataset.validate()
    return dataset


def _verify(path: Path, again: str) -> None:
    checksum = Path(f"{path}.sha256")
    try:
        expected = checksum.read_text(encoding="utf-8").split()[:1]
    except FileNotFoundError:
        raise UserError(f"The data set {path} has no checksum beside it: {again}.") from None
    if expected != [sha256(path)]:
        raise UserError(f"The data set {path} does not match its checksum {checksum.name}: {again}.")
