"""What several trainings on one device reach together: as threads of one process, each with a stream, or as processes.

`python -m benchmarks.side_by_side --device cuda` measures one, two, four and eight trainings at once. Both ways take
turns. Started under NVIDIA's Multi-Process Service, the processes overlap too.
"""

import multiprocessing
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from statistics import median

import torch
from benchmarks.loops import Case, own_loop, speed
from benchmarks.report import Report, arguments, machine, ratio, spread

from gengap.device import own_stream
from gengap.training.precision import configure

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
def as_threads(case: Case, count: int, device: torch.device, precision: str) -> Iterator[Measure]:
    """Trainings in threads of this process, ready to be measured."""
    together = threading.Barrier(count, timeout=START_SECONDS)

    def begin() -> None:
        resources.stream = own_stream(device)
        resources.stream.__enter__()
        resources.loop = own_loop(case, device, precision)

    def run(seconds: float) -> float:
        # With as many tasks as threads, the barrier gives each thread one.
        together.wait()
        return speed(resources.loop, device, seconds)

    resources = threading.local()
    with ThreadPoolExecutor(count, initializer=begin) as threads:
        yield lambda seconds: sum(threads.map(run, [seconds] * count))


@contextmanager
def as_processes(case: Case, count: int, device: torch.device, precision: str) -> Iterator[Measure]:
    """Trainings in processes of their own, ready to be measured."""
    context = multiprocessing.get_context("spawn")
    together, orders, results = context.Barrier(count), context.Queue(), context.Queue()
    fixed = (case, device, precision, torch.get_num_threads(), together, orders, results)
    processes = [context.Process(target=_process, args=fixed, daemon=True) for _ in range(count)]
    for process in processes:
        process.start()

    def measure(seconds: float) -> float:
        for _ in processes:
            orders.put(seconds)
        return sum(results.get(timeout=START_SECONDS) for _ in processes)

    yield measure
    for _ in processes:
        orders.put(None)
    for process in processes:
        process.join()


def _process(
    case: Case,
    device: torch.device,
    precision: str,
    threads: int,
    together: Barrier,
    orders: Queue,
    results: Queue,
) -> None:
    torch.set_num_threads(threads)
    configure(device, precision, deterministic=False)
    with own_stream(device):
        loop = own_loop(case, device, precision)
        while (seconds := orders.get()) is not None:
            together.wait(START_SECONDS)
            results.put(speed(loop, device, seconds))


def main() -> None:
    """Print and write one line for each network, batch size and number of trainings."""
    chosen = arguments(__doc__)
    device = torch.device(chosen.device)
    torch.set_num_threads(chosen.threads)
    configure(device, chosen.precision, deterministic=False)
    repeats, seconds = chosen.repeats, chosen.seconds
    report = Report(
        f"side_by_side_{chosen.size}",
        f"Images per second of all trainings on one device together, median (range) of {repeats} repeats",
        machine(device, chosen.precision),
        {"network": 8, "batch size": 10, "trainings": 9, "threads": 27, "processes": 27, "threads/one": 11,
         "processes/one": 13},
    )  # fmt: skip
    for case in CASES[chosen.size]:
        one: list[float] = []
        for count in TOGETHER[chosen.size]:
            with (
                as_threads(case, count, device, chosen.precision) as threads,
                as_processes(case, count, device, chosen.precision) as processes,
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
