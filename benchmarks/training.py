"""Training speed against plain PyTorch: the eager loop with a DataLoader, and the eager loop with data on the device.

`python -m benchmarks.training` compares on the CPU in minutes; `--device cuda` takes the networks and batch sizes at
full size on a GPU. Peers and own step alternate in one run; what is quoted is the ratio of medians.
"""

import argparse
import platform
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from gengap.config.schema import option_defaults
from gengap.models.build import build_model
from gengap.training.augment import TrainingImages, draw_epoch
from gengap.training.precision import configure
from gengap.training.scaling import input_scaling
from gengap.training.sgd import MomentumSGD
from gengap.training.state import TrainingState
from gengap.training.step import GraphedStep, training_step

SHAPES = {"lenet5": (1, 28, 28), "vgg16": (3, 32, 32), "resnet56": (3, 32, 32)}
CPU_CASES = (("lenet5", 128), ("lenet5", 1024), ("resnet56", 64))
GPU_CASES = (
    ("lenet5", 128),
    ("lenet5", 8192),
    ("resnet56", 64),
    ("resnet56", 2048),
    ("vgg16", 64),
    ("vgg16", 2048),
)


@dataclass(frozen=True)
class Comparison:
    """Images per second of one case, one entry per repeat; the repeats of all three alternate."""

    model: str
    batch_size: int
    ours: list[float]
    loader: list[float]
    resident: list[float]

    def __str__(self) -> str:
        ours, loader, resident = map(statistics.median, (self.ours, self.loader, self.resident))
        spread = f"{min(self.ours):,.0f} to {max(self.ours):,.0f}"
        return (
            f"{self.model:9} {self.batch_size:5}  {ours:10,.0f} ({spread})"
            f"  {loader:10,.0f} {ours / loader:6.2f}x  {resident:10,.0f} {ours / resident:6.2f}x"
        )


class _Images(Dataset):
    """Images one by one on the host, cropped, mirrored and scaled there, as torchvision's transforms do."""

    def __init__(self, images: Tensor, labels: Tensor, augmentation: str) -> None:
        self._images, self._labels, self._augmentation = images, labels, augmentation

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        image = self._images[index]
        if self._augmentation == "crop_flip":
            size = image.shape[-1]
            top, left = torch.randint(9, (2,)).tolist()
            image = functional.pad(image, (4, 4, 4, 4))[:, top : top + size, left : left + size]
            if torch.rand(()) < 0.5:
                image = image.flip(-1)
        return image.float().div(255).sub(0.5).div(0.25), self._labels[index]


def compare(
    model_name: str, batch_size: int, device: torch.device, precision: str, repeats: int, seconds: float, workers: int
) -> Comparison:
    """Train one network for some seconds in three ways, in turn, `repeats` times."""
    shape = SHAPES[model_name]
    count = max(4096, 3 * batch_size)
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (count, *shape), dtype=torch.uint8, generator=generator)
    labels = torch.randint(0, 10, (count,), generator=generator)
    augmentation = "none" if model_name == "lenet5" else "crop_flip"
    options = option_defaults() | {"augmentation": augmentation, "learning_rate": 0.01}
    configure(device, precision, deterministic=False)
    scaling = input_scaling("standardize", images).to(device, torch.float32)
    ours = _own_step(model_name, shape, options, images, labels, batch_size, device, precision)
    plain = [_plain_step(build_model(model_name, shape, 10, options, 0).to(device)) for _ in range(2)]
    loader = DataLoader(
        _Images(images, labels, augmentation),
        batch_size,
        shuffle=True,
        num_workers=workers,
        persistent_workers=workers > 0,
        pin_memory=device.type == "cuda",
    )
    resident = TrainingImages(images, labels, scaling, augmentation, device)
    ways: tuple[Iterator[Callable[[], int]], ...] = (
        ours,
        _with_loader(plain[0], loader, device),
        _with_resident(plain[1], resident, batch_size, count, augmentation, device),
    )
    speeds: tuple[list[float], ...] = ([], [], [])
    for way in ways:
        _speed(way, device, seconds / 2)
    for _ in range(repeats):
        for way, measured in zip(ways, speeds, strict=True):
            measured.append(_speed(way, device, seconds))
    return Comparison(model_name, batch_size, *speeds)


def _speed(steps: Iterator[Callable[[], int]], device: torch.device, seconds: float) -> float:
    """Images per second over some seconds, the device's queue emptied before and after."""
    images, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds:
        for _ in range(8):
            images += next(steps)()
        if device.type == "cuda":
            torch.cuda.synchronize()
    return images / (time.perf_counter() - started)


def _own_step(
    name: str,
    shape: tuple[int, int, int],
    options: dict,
    images: Tensor,
    labels: Tensor,
    batch_size: int,
    device: torch.device,
    precision: str,
) -> Iterator[Callable[[], int]]:
    model = build_model(name, shape, 10, options, 0).to(device).to(memory_format=torch.channels_last).train()
    graphed = device.type == "cuda"
    state = TrainingState(model, MomentumSGD(model, options, graphed=graphed))
    scaling = input_scaling("standardize", images).to(device, torch.float32)
    data = TrainingImages(images, labels, scaling, options["augmentation"], device, torch.channels_last)
    step = training_step(state, data, precision)
    run = GraphedStep(step, state) if graphed else step
    epoch = 0
    while True:
        draws = draw_epoch(0, epoch, len(images), options["augmentation"]).to(device)
        for start in range(0, len(images) - batch_size + 1, batch_size):
            rows = draws[start : start + batch_size]
            yield lambda rows=rows: (run(rows), batch_size)[1]
        epoch += 1


def _plain_step(model: nn.Module) -> Callable[[Tensor, Tensor], None]:
    optimizer = torch.optim.SGD(model.train().parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)

    def step(inputs: Tensor, labels: Tensor) -> None:
        optimizer.zero_grad()
        functional.cross_entropy(model(inputs), labels).backward()
        optimizer.step()

    return step


def _with_loader(
    step: Callable[[Tensor, Tensor], None], loader: DataLoader, device: torch.device
) -> Iterator[Callable[[], int]]:
    batches = iter(loader)

    def one() -> int:
        nonlocal batches
        try:
            inputs, labels = next(batches)
        except StopIteration:
            batches = iter(loader)
            inputs, labels = next(batches)
        step(inputs.to(device, non_blocking=True), labels.to(device, non_blocking=True))
        return len(labels)

    while True:
        yield one


def _with_resident(
    step: Callable[[Tensor, Tensor], None],
    data: TrainingImages,
    batch_size: int,
    count: int,
    augmentation: str,
    device: torch.device,
) -> Iterator[Callable[[], int]]:
    epoch = 0
    while True:
        draws = draw_epoch(0, epoch, count, augmentation).to(device)
        for start in range(0, count - batch_size + 1, batch_size):
            rows = draws[start : start + batch_size]
            yield lambda rows=rows: (step(*data.batch(rows)), batch_size)[1]
        epoch += 1


def main() -> None:
    """Print one line for each network and batch size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--precision", default="tf32", choices=["fp32", "tf32", "bf16"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of every loop")
    arguments = parser.parse_args()
    device = torch.device(arguments.device)
    torch.set_num_threads(arguments.threads)
    machine = torch.cuda.get_device_name() if device.type == "cuda" else platform.processor() or platform.machine()
    print(f"Images per second of training on {machine}, PyTorch {torch.__version__}, {arguments.precision} on a GPU")
    print(f"{'network':9} {'batch':>5}  {'ours (range)':>32}  {'DataLoader':>10} ratio    {'on device':>10} ratio")
    workers = 8 if device.type == "cuda" else 0
    for name, batch_size in GPU_CASES if device.type == "cuda" else CPU_CASES:
        print(
            compare(name, batch_size, device, arguments.precision, arguments.repeats, arguments.seconds, workers),
            flush=True,
        )


if __name__ == "__main__":
    main()
