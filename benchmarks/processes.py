"""A training loop in a process of its own, measured on order."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.queues import Queue

import torch
from benchmarks.loops import Loop, configured, speed

from gengap.memory import keep_freed_memory

# Train for some seconds: images per second.
Measure = Callable[[float], float]

# A process imports PyTorch and makes its images.
START_SECONDS = 300.0


@contextmanager
def in_process(make: Callable[[], Loop], device: torch.device, threads: int, *, keep_memory: bool) -> Iterator[Measure]:
    """A loop in a process of its own.

    Args:
        make: makes the loop, there.
        device: where it computes; on a CPU only, so far.
        threads: CPU threads of PyTorch.
        keep_memory: as a training job on a CPU does.
    """
    context = multiprocessing.get_context("spawn")
    orders, results = context.Queue(), context.Queue()
    process = context.Process(target=_serve, args=(make, device, threads, keep_memory, orders, results), daemon=True)
    process.start()

    def measure(seconds: float) -> float:
        orders.put(seconds)
        return results.get(timeout=START_SECONDS + seconds)

    yield measure
    orders.put(None)
    process.join()


def _serve(
    make: Callable[[], Loop],
    device: torch.device,
    threads: int,
    keep_memory: bool,
    orders: "Queue[float | None]",
    results: "Queue[float]",
) -> None:
    configured(str(device), "fp32", threads)
    if keep_memory:
        keep_freed_memory()
    loop = make()
    while (seconds := orders.get()) is not None:
        results.put(speed(loop, device, seconds))
