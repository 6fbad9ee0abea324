"""Training loops to compare: the engine's, the eager loop with a DataLoader, the eager loop with data on the device.

A loop is an iterator of steps; a step trains one batch and returns its number of images. All loops train on the same
images of noise, in shuffled epochs, the last, partial batch included.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, Dataset

from gengap.config.schema import option_defaults
from gengap.models.build import build_model
from gengap.training.augment import TrainingImages, draw_epoch
from gengap.training.fused_batch_norm import fuse_batch_norm
from gengap.training.ghost_batch_norm import use_ghosts
from gengap.training.precision import autocast, configure
from gengap.training.scaling import input_scaling
from gengap.training.sgd import MomentumSGD
from gengap.training.state import TrainingState
from gengap.training.step import GraphedStep, training_step

Loop = Iterator[Callable[[], int]]

SHAPES = {"lenet5": (1, 28, 28), "f1": (1, 28, 28), "vgg16": (3, 32, 32), "resnet56": (3, 32, 32)}
AUGMENTATION = {"lenet5": "none", "f1": "none", "vgg16": "crop_flip", "resnet56": "crop_flip"}
# Batches that each worker of a DataLoader fetches ahead, PyTorch's default.
PREFETCHED = 2


@dataclass(frozen=True)
class Case:
    """What is trained.

    Attributes:
        model: name of the network.
        batch_size: images of a step.
        images: images of an epoch.
        options: names and values of options that are not the schema's defaults.
        classes: number of classes.
    """

    model: str
    batch_size: int
    images: int
    options: tuple[tuple[str, Any], ...] = ()
    classes: int = 10

    @property
    def name(self) -> str:
        """How `--cases` names it."""
        return f"{self.model}-{self.batch_size}"

    @property
    def all_options(self) -> dict[str, Any]:
        """Every option; a small learning rate, since noise is learnt."""
        fixed = {"augmentation": AUGMENTATION[self.model], "learning_rate": 0.01}
        return option_defaults() | fixed | dict(self.options)

    def data(self) -> tuple[Tensor, Tensor]:
        """Images uint8 N×C×H×W and labels int64 N."""
        generator = torch.Generator().manual_seed(0)
        images = torch.randint(0, 256, (self.images, *SHAPES[self.model]), dtype=torch.uint8, generator=generator)
        return images, torch.randint(0, self.classes, (self.images,), generator=generator)

    def network(self) -> nn.Module:
        """The network, on the CPU."""
        return build_model(self.model, SHAPES[self.model], self.classes, self.all_options, seed=0).train()


@dataclass(frozen=True)
class Engine:
    """How the own loop computes.

    Attributes:
        device: where.
        precision: `compute.precision`.
        batch_norm: `compute.batch_norm`; on a CPU always native.
    """

    device: torch.device
    precision: str
    batch_norm: str = "native"


def configured(device: str, precision: str, threads: int, batch_norm: str = "native") -> Engine:
    """An engine, once this process has its threads and precision."""
    torch.set_num_threads(threads)
    engine = Engine(torch.device(device), precision, batch_norm)
    configure(engine.device, precision, deterministic=False)
    return engine


def speed(loop: Loop, device: torch.device, seconds: float, unmeasured: int = 0) -> float:
    """Images per second over at least some seconds and two steps, the device's queue emptied before and after.

    Args:
        loop: what trains.
        device: where.
        seconds: how long to measure.
        unmeasured: steps before that: as many as a loop keeps ready while nobody asks for them.
    """
    for _ in range(unmeasured):
        next(loop)()
    _wait(device)
    images, steps, started = 0, 0, time.perf_counter()
    while steps < 2 or time.perf_counter() - started < seconds:
        images += next(loop)()
        steps += 1
    _wait(device)
    return images / (time.perf_counter() - started)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def own_loop(case: Case, engine: Engine) -> Loop:
    """The engine as `gengap.training.run` puts it together; on CUDA call it and its steps within `own_stream`."""
    options, device = case.all_options, engine.device
    model = case.network().to(device).to(memory_format=torch.channels_last)
    if options["ghost_batch_size"] is not None:
        use_ghosts(model, options["ghost_batch_size"])
    if device.type == "cuda" and engine.batch_norm == "fused":
        fuse_batch_norm(model)
    state = TrainingState(model, MomentumSGD(model, options, graphed=device.type == "cuda"))
    data = _resident(case, device, torch.channels_last)
    written = training_step(state, data, engine.precision)
    step = GraphedStep(written, state, engine.precision) if device.type == "cuda" else written
    for rows in _batches(case, device):
        yield lambda rows=rows: (step(rows), len(rows))[1]


def resident_loop(case: Case, engine: Engine) -> Loop:
    """The eager loop, with data and augmentation on the device."""
    device = engine.device
    step, data = _plain_step(case, engine), _resident(case, device)
    for rows in _batches(case, device):
        yield lambda rows=rows: (step(*data.batch(rows)), len(rows))[1]


def batches_ready(workers: int) -> int:
    """Batches that a DataLoader has ready when it was not asked for a while: those fetched ahead, and one under way."""
    return workers * PREFETCHED + 1 if workers else 0


def loader_loop(case: Case, engine: Engine, workers: int) -> Loop:
    """The eager loop, with a DataLoader and torchvision's transforms."""
    device = engine.device
    step = _plain_step(case, engine)
    loader = DataLoader(
        _Images(*case.data(), AUGMENTATION[case.model]),
        case.batch_size,
        shuffle=True,
        num_workers=workers,
        persistent_workers=workers > 0,
        prefetch_factor=PREFETCHED if workers else None,
        pin_memory=device.type == "cuda",
    )
    while True:
        batches = iter(loader)
        for _ in range(len(loader)):
            yield lambda batches=batches: _loaded_step(step, next(batches), device)


def _loaded_step(step: Callable[[Tensor, Tensor], None], batch: tuple[Tensor, Tensor], device: torch.device) -> int:
    inputs, labels = batch
    step(inputs.to(device, non_blocking=True), labels.to(device, non_blocking=True))
    return len(labels)


def _plain_step(case: Case, engine: Engine) -> Callable[[Tensor, Tensor], None]:
    """A step in the precision of the engine, which for float32 and TF32 is that of the process."""
    model = case.network().to(engine.device)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)

    def step(inputs: Tensor, labels: Tensor) -> None:
        optimizer.zero_grad()
        with autocast(engine.device, engine.precision):
            loss = functional.cross_entropy(model(inputs), labels)
        loss.backward()
        optimizer.step()

    return step


def _resident(
    case: Case, device: torch.device, memory_format: torch.memory_format = torch.contiguous_format
) -> TrainingImages:
    images, labels = case.data()
    scaling = input_scaling("standardize", images).to(device, torch.float32)
    return TrainingImages(images, labels, scaling, AUGMENTATION[case.model], device, memory_format)


def _batches(case: Case, device: torch.device) -> Iterator[Tensor]:
    """Rows of `draw_epoch` for each batch of epoch after epoch; before them a partial one, for a graph of its own."""
    for epoch in itertools.count():
        draws = draw_epoch(0, epoch, case.images, AUGMENTATION[case.model]).to(device)
        if epoch == 0:
            yield draws[: case.images % case.batch_size or case.batch_size]
        yield from draws.split(case.batch_size)


class _Images(Dataset):
    """Pictures one by one, through the transforms that everyone writes."""

    def __init__(self, images: Tensor, labels: Tensor, augmentation: str) -> None:
        from torchvision import transforms

        drawn = [transforms.RandomCrop(images.shape[-1], padding=4), transforms.RandomHorizontalFlip()]
        channels = images.shape[1]
        self._transform = transforms.Compose(
            [
                *(drawn if augmentation == "crop_flip" else []),
                transforms.ToTensor(),
                transforms.Normalize((0.5,) * channels, (0.25,) * channels),
            ]
        )
        self._images = images.permute(0, 2, 3, 1).squeeze(-1).numpy()
        self._labels = labels.tolist()

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        from PIL import Image

        return self._transform(Image.fromarray(self._images[index])), self._labels[index]
