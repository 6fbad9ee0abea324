"""Training speed against plain PyTorch: the eager loop with a DataLoader, and the eager loop with data on the device.

`python -m benchmarks.training` compares on the CPU in minutes; `--device cuda` takes the networks and batch sizes of
the targets at full size on a GPU, with 8 workers. Peers and own loop alternate in one run; what is quoted is the ratio
of medians. Each has a process of its own: on a CPU a training job keeps its process's memory (`gengap.runtime.memory`),
which would help the others too, and on a GPU each has a stream for its graphs.
"""

from argparse import Namespace
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from statistics import median

import torch
from benchmarks.loops import (
    Case,
    Engine,
    Loop,
    batches_ready,
    configured,
    loader_loop,
    own_loop,
    resident_loop,
)
from benchmarks.processes import Measure, in_process
from benchmarks.report import Report, arguments, machine, ratio, spread

CASES = {
    "smoke": (Case("lenet5", 64, 200, (("width", 0.2),)), Case("resnet56", 8, 20, (("width", 0.2),))),
    "cpu": (Case("lenet5", 128, 4096), Case("lenet5", 1024, 4096), Case("resnet56", 64, 4096)),
    "cuda": (
        Case("lenet5", 128, 60000),
        Case("lenet5", 8192, 60000),
        Case("resnet56", 64, 50000),
        Case("resnet56", 2048, 50000),
        Case("vgg16", 64, 50000),
        Case("vgg16", 2048, 50000),
    ),
}


def loops_of(case: Case, engine: Engine) -> dict[str, Callable[[], Loop]]:
    """Own loop and peers by name, yet to be made."""
    loops: dict[str, Callable[[], Loop]] = {
        "here": partial(own_loop, case, engine),
        "a": partial(loader_loop, case, engine, workers=_workers(engine.device)),
        "b": partial(resident_loop, case, engine),
    }
    if engine.device.type == "cuda":
        loops["fused"] = partial(own_loop, case, replace(engine, batch_norm="fused"))
    return loops


def _workers(device: torch.device) -> int:
    return 8 if device.type == "cuda" else 0


def measured(case: Case, engine: Engine, chosen: Namespace) -> dict[str, list[float]]:
    """Images per second of each loop, each in a process of its own."""
    loops = loops_of(case, engine)
    if chosen.skip_loader:
        del loops["a"]
    ready = batches_ready(_workers(engine.device))
    with ExitStack() as processes:
        ways = {
            name: processes.enter_context(
                in_process(
                    loop,
                    engine,
                    chosen.threads,
                    keep_memory=engine.device.type == "cpu" and name == "here",
                    unmeasured=ready if name == "a" else 0,
                )
            )
            for name, loop in loops.items()
        }
        return compare(ways, chosen.repeats, chosen.seconds)


def compare(measured: Mapping[str, Measure], repeats: int, seconds: float) -> dict[str, list[float]]:
    """Images per second of each loop, one entry per repeat; the loops take turns."""
    speeds: dict[str, list[float]] = {name: [] for name in measured}
    for measure in measured.values():
        measure(seconds / 2)
    for _ in range(repeats):
        for name, measure in measured.items():
            speeds[name].append(measure(seconds))
    return speeds


def main() -> None:
    """Print and write one line for each network and batch size."""
    chosen = arguments(__doc__)
    engine = configured(chosen.device, chosen.precision, chosen.threads)
    report = Report(
        f"training_{chosen.size}",
        f"Images per second of training, median (range) of {chosen.repeats} repeats",
        machine(engine),
        {"network": 8, "batch size": 10, "here": 27, "DataLoader (a)": 25, "data on device (b)": 25, "here/a": 6,
         "here/b": 6, "here with fused batch norm": 27, "fused/native": 12},
    )  # fmt: skip
    for case, speeds in report.each(CASES[chosen.size], partial(measured, engine=engine, chosen=chosen), chosen):
        here, b = speeds["here"], speeds["b"]
        a, fused = speeds.get("a", []), speeds.get("fused", [])
        report.add(
            case.model, str(case.batch_size), spread(here), spread(a) if a else "not asked for", spread(b),
            ratio(here, a) if a else "", ratio(here, b),
            spread(fused) if fused else "GPU only", ratio(fused, here) if fused else "",
            network=case.model, batch_size=case.batch_size, here=median(here), data_loader=median(a) if a else "",
            data_on_device=median(b), fused_batch_norm=median(fused) if fused else "",
        )  # fmt: skip
    report.write()


if __name__ == "__main__":
    main()
