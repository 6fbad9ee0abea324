"""What tests of every part share: one thread for each process, turns on the GPU, and the real data sets, if any."""

import fcntl
import importlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# Before PyTorch or NumPy is imported by a test: several test runs may share a machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")

FOLDERS = {
    "MNIST": "MNIST/raw",
    "FashionMNIST": "FashionMNIST/raw",
    "CIFAR10": "cifar-10-batches-py",
    "CIFAR100": "cifar-100-python",
}
# Packed copies that may lie beside the project, with the names under which they are unpacked.
UNPACK = Path(__file__).parents[2] / "shared" / "data" / "unpack.py"
PACKED = {"MNIST": "mnist", "FashionMNIST": "fashion_mnist", "CIFAR10": "cifar10"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, so that no process is left alone with them at the end."""
    items.sort(key=lambda item: not {"slurm", "workflow", "test_benchmarks.py"} & set(item.path.parts))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What this machine lacks is skipped with its reason."""
    if item.get_closest_marker("tex") and shutil.which("pdflatex") is None:
        pytest.skip("pdflatex is not installed")
    if item.get_closest_marker("gpu") and not importlib.import_module("torch").cuda.is_available():
        pytest.skip("needs a CUDA device")


@pytest.fixture(autouse=True)
def _turns_on_the_gpu(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests that need a CUDA device run one at a time, also where several processes run tests."""
    if request.node.get_closest_marker("gpu") is None:
        yield
        return
    with (tmp_path_factory.getbasetemp().parent / "gpu_tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def torchvision_root(name: str, tmp_path: Path) -> Path:
    """A folder in torchvision's layout with the official data set that a test's parameter `name` names.

    It is the folder that GENGAP_TORCHVISION_ROOT names, or one in which the copy beside the project was unpacked;
    where there is neither, the test is skipped.
    """
    given = os.environ.get("GENGAP_TORCHVISION_ROOT")
    if given and (Path(given) / FOLDERS[name]).is_dir():
        return Path(given)
    if name not in PACKED or not UNPACK.is_file():
        pytest.skip(f"GENGAP_TORCHVISION_ROOT names no folder with {FOLDERS[name]}")
    subprocess.run([sys.executable, UNPACK, tmp_path, PACKED[name]], check=True, capture_output=True)
    return tmp_path
