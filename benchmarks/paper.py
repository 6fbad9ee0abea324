"""How long all trainings of a configuration take on one GPU: an estimate from measured seconds per epoch × epochs.

`python -m benchmarks.paper --device cuda` measures every network, batch size and variant of `config.yaml` for some
seconds, one after another, on images of noise of the data sets' sizes. It counts updates and the evaluation after each
epoch. Left out: starts of jobs with their captures and trials of algorithms, checkpoints, spectra, random matrices, and
what several trainings at once gain by NVIDIA's Multi-Process Service.
"""

import time
from argparse import Namespace
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import median

import torch
from benchmarks.loops import SHAPES, Case, Engine, configured, own_loop, speed
from benchmarks.report import Report, arguments, machine, spread

from gengap.config import plan
from gengap.config.load import read_yaml
from gengap.runtime.device import own_stream
from gengap.training.evaluate import evaluate
from gengap.training.scaling import input_scaling
from gengap.training.schedule import make_schedule

CONFIG = Path(__file__).parents[1] / "config.yaml"
TEST_IMAGES = 10000
# Training images of the data sets by the names that torchvision gives them.
IMAGES = {"MNIST": 60000, "FashionMNIST": 60000, "CIFAR10": 50000, "CIFAR100": 50000}
# What a step's cost depends on, besides the number of classes, which is left out of account.
COSTLY_OPTIONS = ("normalization", "activation", "pooling", "width")


def epochs_of(config: Path) -> Counter[Case]:
    """How many epochs of each case all trainings of a configuration have."""
    planned = plan(read_yaml(config))
    epochs: Counter[Case] = Counter()
    for run in planned.runs:
        images = IMAGES[planned.config["datasets"][run["dataset"]]["name"]]
        options = tuple((name, run["options"][name]) for name in COSTLY_OPTIONS)
        for epoch in make_schedule(run["options"], run["batch_size"], images).epochs:
            epochs[Case(run["model"], epoch.batch_size, images, options)] += 1
    return epochs


def evaluation_seconds(case: Case, device: torch.device, images: int) -> float:
    """Time of one evaluation on the test set."""
    model = case.network().to(device).to(memory_format=torch.channels_last)
    test_images = torch.zeros(images, *SHAPES[case.model], dtype=torch.uint8, device=device)
    labels = torch.zeros(images, dtype=torch.int64, device=device)
    scaling = input_scaling("unit", test_images[:1].cpu()).to(device, torch.float32)
    evaluate(model, test_images, labels, scaling)
    started = time.perf_counter()
    evaluate(model, test_images, labels, scaling)
    return time.perf_counter() - started


def measured(planned: Case, engine: Engine, chosen: Namespace) -> tuple[list[float], float]:
    """Images per second, one entry per repeat, and seconds of an evaluation."""
    configured(chosen.device, chosen.precision, chosen.threads)
    case = replace(planned, images=planned.batch_size) if chosen.smoke else planned
    with own_stream(engine.device):
        loop = own_loop(case, engine)
        speed(loop, engine.device, chosen.seconds / 2)
        speeds = [speed(loop, engine.device, chosen.seconds) for _ in range(chosen.repeats)]
        return speeds, evaluation_seconds(case, engine.device, 200 if chosen.smoke else TEST_IMAGES)


def main() -> None:
    """Print and write one line for each case, and the sum."""
    chosen = arguments(__doc__)
    engine = configured(chosen.device, chosen.precision, chosen.threads, chosen.batch_norm)
    report = Report(
        f"paper_{chosen.size}",
        f"Images per second of training, median (range) of {chosen.repeats} repeats, and what all epochs would take",
        machine(engine),
        {"network": 8, "batch norm": 10, "activation": 10, "batch size": 10, "images/s": 27, "epochs": 6,
         "minutes": 7},
    )  # fmt: skip
    total = 0.0
    epochs_of_cases = _smallest(epochs_of(CONFIG)) if chosen.smoke else epochs_of(CONFIG)
    work = partial(measured, engine=engine, chosen=chosen)
    for case, (speeds, evaluation) in report.each(epochs_of_cases, work, chosen):
        epochs = epochs_of_cases[case]
        minutes = epochs * (case.images / median(speeds) + evaluation) / 60
        total += minutes
        options = dict(case.options)
        report.add(
            case.model, options["normalization"], options["activation"], str(case.batch_size), spread(speeds),
            str(epochs), f"{minutes:.2f}",
            network=case.model, **options, batch_size=case.batch_size, images_per_second=median(speeds),
            evaluation_seconds=evaluation, epochs=epochs, minutes=minutes,
        )  # fmt: skip
    report.write(
        f"Estimated for the rows above, all trainings of {CONFIG.name} of these kinds: {total:.0f} minutes of updates"
        " and evaluations, from measured seconds per epoch × epochs; no whole training was measured. Starts of jobs,"
        " spectra and random matrices come on top."
    )


def _smallest(epochs: Counter[Case]) -> Counter[Case]:
    """Two small cases, to try the rest of the code."""
    return Counter(dict(sorted(epochs.items(), key=lambda item: (item[0].model != "lenet5", item[0].batch_size))[:2]))


if __name__ == "__main__":
    main()
