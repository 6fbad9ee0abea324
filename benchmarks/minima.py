"""What the measures of minima and ghost batch norm cost, of network F1 on noise, in processor seconds.

`python -m benchmarks.minima` compares a product of the Hessian with two gradients, and a step with ghost batch norm
with one without, in turn; a minute. `--full` measures sharpness and curvature with the defaults of `minima`, too.
"""

import argparse
import resource
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmarks.loops import Case, configured, own_loop
from benchmarks.processes import alone
from benchmarks.report import PAIR, Pair, Report, cpu

from gengap.config import load_config, plan
from gengap.data.store import ImageDataset
from gengap.minima import curvature, sharpness
from gengap.minima.job import Trained

ROOT = Path(__file__).parents[1]
BATCH_SIZE, GHOSTS = 4096, 32
"""Ghost batches are a 32nd of the batch."""
MEASURES = {"Sharpness": sharpness.measure, "Curvature": curvature.measure}
LIMIT = 3600.0
"""Seconds that one of them may take."""


def network(images: int) -> Trained:
    """F1 with its initial weights, and noise."""
    case = Case("f1", 1, images)
    data, model = case.data(), case.network()
    dataset = ImageDataset(*data, *data, classes=tuple("0123456789"), name="noise", source="drawn")
    return Trained(model, case.network(), dataset, "standardize", images, torch.device("cpu"), seed=0)


def cost(name: str, settings: Mapping[str, Any], threads: int) -> tuple[float, float]:
    """Processor minutes of a measure of F1, and the most memory that its process had, in GiB."""
    torch.set_num_threads(threads)
    trained = network(settings["images"])
    seconds = _seconds(lambda: MEASURES[name](trained, settings))
    return seconds / 60, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def alternating(what: str, one: Callable[[], object], peer: str, other: Callable[[], object], repeats: int) -> Pair:
    """Processor seconds of both in turn, after each was tried once."""
    one(), other()
    seconds = [(_seconds(one), _seconds(other)) for _ in range(repeats)]
    return Pair(what, peer, [first for first, _ in seconds], [second for _, second in seconds])


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    """Print and write the comparisons, and what the measures take."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="sharpness and curvature, too")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--smoke", action="store_true", help="try it at sizes that say nothing about speed")
    chosen = parser.parse_args()
    engine = configured("cpu", "fp32", chosen.threads)
    settings = plan(load_config([ROOT / "config.yaml"])).config["minima"]
    images, batch_size = (64, 256) if chosen.smoke else (settings["images"], BATCH_SIZE)
    ghosts = batch_size // GHOSTS
    trained = network(images)
    objective = trained.objective()
    point, vector = objective.point, np.random.default_rng(0).standard_normal(len(objective.point))
    plain, ghosted = (
        own_loop(Case("f1", batch_size, 4 * batch_size, options), engine)
        for options in ((), (("ghost_batch_size", ghosts),))
    )
    report = Report(
        f"minima_{'smoke' if chosen.smoke else 'cpu'}",
        f"Processor seconds of network F1, medians of {chosen.repeats}",
        cpu(chosen.threads),
        PAIR,
    )
    for pair in (
        alternating(
            f"Hessian times a vector, {images} images",
            lambda: objective.hessian_product(point, vector),
            "two gradients",
            lambda: (objective.value_and_gradient(point), objective.value_and_gradient(point)),
            chosen.repeats,
        ),
        alternating(
            f"step of {batch_size}, ghosts of {ghosts}",
            lambda: next(ghosted)(),
            "step without ghosts",
            lambda: next(plain)(),
            chosen.repeats,
        ),
    ):
        report.add(*pair.cells.values(), **pair.values)
    notes = []
    for name in MEASURES if chosen.full else ():
        minutes, memory = alone(partial(cost, name, settings | {"images": images}, chosen.threads), LIMIT)
        notes.append(f"{name}: {minutes:.1f} processor minutes, at most {memory:.2f} GiB of memory with the libraries.")
    report.write(*notes)


if __name__ == "__main__":
    main()
