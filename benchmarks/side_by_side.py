"""What several trainings on one device reach together: as threads of one process, each with a stream, or as processes.

`python -m benchmarks.side_by_side --device cuda` measures one, two, four and eight trainings at once. Both ways take
turns. Started under NVIDIA's Multi-Process Service, the processes overlap too.
"""

import multiprocessing
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from statistics import median
from typing import Any

import torch
from benchmarks.loops import Case, Engine, configured, own_loop, speed
from benchmarks.report import Report, arguments, machine, ratio, spread

from gengap.device import own_stream

CASES = {
    "smoke": (Case("lenet5", 64, 200, (("width", 0.2),)),),
    "cpu": (Case("lenet5", 128, 4096),),
    "cuda": (Case("lenet5", 128, 60000), Case("resnet56", 64, 50000), Case("vgg16", 64, 50000)),
}
TOGETHER = {"smoke": (1, 2), "cpu": (1, 2), "cuda": (1, 2, 4, 8)}
# A process imports PyTorch, starts CUDA and captures its graphs.
START_SECONDS = 300.0

# All trainings at once for some seconds: images per second in total.
Measure = Callable[[float], float]


@contextmanager
def as_threads(case: Case, count: int, engine: Engine) -> Iterator[Measure]:
    """Trainings in threads of this process, whose arithmetic is configured."""
    together, orders, results = threading.Barrier(count), queue.Queue(), queue.Queue()
    fixed = (case, engine, together, orders, results)
    threads = [threading.Thread(target=_train, args=fixed, daemon=True) for _ in range(count)]
    with _ordered(threads, orders, results) as measure:
        yield measure
    if engine.device.type == "cuda":
        torch.cuda.empty_cache()


@contextmanager
def as_processes(case: Case, count: int, engine: Engine) -> Iterator[Measure]:
    """Trainings in processes of their own."""
    context = multiprocessing.get_context("spawn")
    together, orders, results = context.Barrier(count), context.Queue(), context.Queue()
    fixed = (torch.get_num_threads(), case, engine, together, orders, results)
    processes = [context.Process(target=_process, args=fixed, daemon=True) for _ in range(count)]
    with _ordered(processes, orders, results) as measure:
        yield measure


@contextmanager
def _ordered(trainings: Sequence[Any], orders: Any, results: Any) -> Iterator[Measure]:
    """Start threads or processes that train on order, and end them."""
    for training in trainings:
        training.start()

    def measure(seconds: float) -> float:
        for _ in trainings:
            orders.put(seconds)
        speeds = [results.get(timeout=START_SECONDS) for _ in trainings]
        if failed := [text for text in speeds if isinstance(text, str)]:
            raise SystemExit(f"{len(failed)} of {len(speeds)} trainings failed, the first with: {failed[0]}")
        return sum(speeds)

    yield measure
    for _ in trainings:
        orders.put(None)
    for training in trainings:
        training.join()


def _process(threads: int, case: Case, engine: Engine, *queues: Any) -> None:
    configured(str(engine.device), engine.precision, threads)
    _train(case, engine, *queues)


def _train(case: Case, engine: Engine, together: Any, orders: Any, results: Any) -> None:
    """Train for as many seconds as each order says, all at once; the last order is `None`. An error ends them all."""
    try:
        with own_stream(engine.device):
            loop = own_loop(case, engine)
            while (seconds := orders.get()) is not None:
                # Nobody takes a second order before all have their first.
                together.wait(START_SECONDS)
                results.put(speed(loop, engine.device, seconds))
    except BaseException as error:
        results.put(f"{type(error).__name__}: {error}")
        together.abort()
        raise


def main() -> None:
    """Print and write one line for each network, batch size and number of trainings."""
    chosen = arguments(__doc__)
    engine = configured(chosen.device, chosen.precision, chosen.threads, chosen.batch_norm)
    repeats, seconds = chosen.repeats, chosen.seconds
    report = Report(
        f"side_by_side_{chosen.size}",
        f"Images per second of all trainings on one device together, median (range) of {repeats} repeats",
        machine(engine),
        {"network": 8, "batch size": 10, "trainings": 9, "threads": 27, "processes": 27, "threads/one": 11,
         "processes/one": 13},
    )  # fmt: skip
    for case in CASES[chosen.size]:
        one: list[float] = []
        for count in TOGETHER[chosen.size]:
            with (
                as_threads(case, count, engine) as threads,
                as_processes(case, count, engine) as processes,
            ):
                speeds: tuple[list[float], list[float]] = ([], [])
                for way in (threads, processes):
                    way(seconds / 2)
                for _ in range(repeats):
                    for way, measured in zip((threads, processes), speeds, strict=True):
                        measured.append(way(seconds))
            one = one or speeds[1]
            report.add(
                case.model, str(case.batch_size), str(count), *map(spread, speeds), *(ratio(s, one) for s in speeds),
                network=case.model, batch_size=case.batch_size, trainings=count, threads=median(speeds[0]),
                processes=median(speeds[1]),
            )  # fmt: skip
    report.write("The ratios are to one training in a process of its own.")


if __name__ == "__main__":
    main()
