"""The files of torchvision's data sets: which they are, that they are intact, and how to get them."""

import errno
import hashlib
import http.client
import logging
import os
import shutil
import socket
import tarfile
import tempfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from torchvision import datasets

from gengap.errors import UserError

logger = logging.getLogger(__name__)

NAMES = ("MNIST", "FashionMNIST", "CIFAR10", "CIFAR100")
# torchvision publishes the MD5 of the compressed files alone, which a filled folder need not hold.
IDX_MD5 = {
    "MNIST": {
        "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
        "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
        "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
        "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
    },
    "FashionMNIST": {
        "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
        "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
        "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
        "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
    },
}

PAUSES = (0, 5, 20)  # seconds before each attempt to download
TIMEOUT = 60  # seconds of silence after which a connection has failed; torchvision would wait for ever
_FAILURES = (RuntimeError, OSError, http.client.HTTPException, tarfile.TarError, EOFError, zlib.error)
_CANNOT_WRITE = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EEXIST,
    errno.ENOTDIR,
}


class _DownloadFailed(Exception):
    """One attempt failed in a way that another may not."""


def official_files(name: str) -> dict[str, str]:
    """The files of a data set: path below torchvision's root, MD5."""
    if name in IDX_MD5:
        return {f"{name}/raw/{file}": md5 for file, md5 in IDX_MD5[name].items()}
    kind = getattr(datasets, name)
    files = [*kind.train_list, *kind.test_list, (kind.meta["filename"], kind.meta["md5"])]
    return {f"{kind.base_folder}/{file}": md5 for file, md5 in files}


def official_contents(name: str, root: Path) -> dict[str, bytes]:
    """Read the files of a data set, downloading those that are missing.

    Files that are there are used without network and never replaced. Several processes may fill one root.

    Args:
        name: one of `NAMES`.
        root: folder in torchvision's layout; made if it is missing.

    Returns:
        The content of each official file, which has the official MD5, by its path below the root.

    Raises:
        UserError: a file is damaged, or missing and cannot be downloaded.
    """
    files = official_files(name)
    if not all(os.path.isfile(root / path) for path in files):
        _download(name, root)
    return {path: _read_verified(root / path, md5) for path, md5 in files.items()}


def _read_verified(path: Path, md5: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror}): make it readable.") from error
    found = _md5(content)
    if found != md5:
        raise UserError(
            f"{path} is damaged or not the official file (MD5 {found}, expected {md5}): "
            "delete it and run again to download it, or put an intact copy in its place."
        )
    return content


def _md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def _download(name: str, root: Path) -> None:
    reason = ""
    for attempt, pause in enumerate(PAUSES, start=1):
        time.sleep(pause)
        logger.info("Downloading %s into %s, attempt %d of %d", name, root, attempt, len(PAUSES))
        try:
            return _attempt(name, root)
        except _DownloadFailed as error:
            reason = str(error)
            logger.warning("The attempt failed at %s", reason)
        except OSError as error:
            raise UserError(
                f"Cannot write {name} to the folder {root} ({error.strerror}): make room there or make it "
                "writable, or set `torchvision_root` in the config to another folder."
            ) from error
    folder = next(iter(official_files(name))).rpartition("/")[0]
    raise UserError(
        f"{name} could not be downloaded in {len(PAUSES)} attempts, the last of which failed at {reason}: "
        "check the network and run again, or set `torchvision_root` in the config to a folder that already "
        f"holds {folder}/."
    )


def _attempt(name: str, root: Path) -> None:
    """Let torchvision download into a private folder inside the root, check the files and put them in place.

    So a file in its place is always whole, whoever else is downloading and whenever this is killed.
    """
    root.mkdir(parents=True, exist_ok=True)
    files = official_files(name)
    with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=root) as folder:
        staging = Path(folder)
        for archive in _archives(name):
            # torchvision unpacks an intact archive that is already there instead of downloading it.
            if os.path.isfile(root / archive):
                (staging / archive).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(root / archive, staging / archive)
        try:
            with _socket_timeout():
                getattr(datasets, name)(staging, train=False, download=True)
        except _FAILURES as error:
            if isinstance(error, OSError) and error.errno in _CANNOT_WRITE:
                raise
            reason = " ".join(str(error).split())
            raise _DownloadFailed(f"{_first_absent(name, staging)} ({reason})") from error
        for path, md5 in files.items():
            if _md5((staging / path).read_bytes()) != md5:
                raise _DownloadFailed(f"{path} (it arrived damaged)")
        for path in files:
            if not os.path.isfile(root / path):
                (root / path).parent.mkdir(parents=True, exist_ok=True)
                os.replace(staging / path, root / path)


def _archives(name: str) -> list[str]:
    """The files that are really downloaded, as paths below the root."""
    if name in IDX_MD5:
        return [f"{path}.gz" for path in official_files(name)]
    return [getattr(datasets, name).filename]


def _first_absent(name: str, staging: Path) -> str:
    """The download at which torchvision stopped: the first whose unpacked content is not there."""
    *archives, last = _archives(name)
    return next((path for path in archives if not (staging / path.removesuffix(".gz")).is_file()), last)


@contextmanager
def _socket_timeout() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)
