"""Work in processes of their own: a training loop that is measured on order, and a case that may hang."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import TypeVar

from benchmarks.loops import Engine, Loop, configured, speed

from gengap.runtime.device import own_stream
from gengap.runtime.memory import keep_freed_memory

# Train for some seconds: images per second.
Measure = Callable[[float], float]
Result = TypeVar("Result")


def alone(work: Callable[[], Result], seconds: float) -> Result:
    """The result of some work in a process of its own, which ends with all its children.

    Args:
        work: what to do, as a new process can import it.
        seconds: how long it may take.

    Raises:
        TimeoutError: it took longer.
        ChildProcessError: it failed; its error stands on the screen.
    """
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_answer, args=(work, sender))
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds):
            raise TimeoutError(f"no result within {seconds:g} s")
        return receiver.recv()
    except EOFError:
        raise ChildProcessError("failed, its error stands above") from None
    finally:
        process.kill()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.join()


def _answer(work: Callable[[], Result], sender: "Connection[Result, None]") -> None:
    os.setsid()
    sender.send(work())


@contextmanager
def in_process(
    make: Callable[[], Loop], engine: Engine, threads: int, *, keep_memory: bool = False, unmeasured: int = 0
) -> Iterator[Measure]:
    """A loop in a process of its own, on a CUDA device with a stream of its own.

    Args:
        make: makes the loop, there.
        engine: how it computes.
        threads: CPU threads of PyTorch.
        keep_memory: as a training job on a CPU does.
        unmeasured: see `speed`.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    # Not a daemon, since a `DataLoader` has processes, too.
    process = context.Process(target=_serve, args=(make, engine, threads, keep_memory, unmeasured, theirs))
    process.start()
    theirs.close()

    def measure(seconds: float) -> float:
        ours.send(seconds)
        return ours.recv()

    yield measure
    ours.close()
    process.join()


def _serve(
    make: Callable[[], Loop],
    engine: Engine,
    threads: int,
    keep_memory: bool,
    unmeasured: int,
    orders: "Connection[float, float]",
) -> None:
    configured(str(engine.device), engine.precision, threads)
    if keep_memory:
        keep_freed_memory()
    with own_stream(engine.device), suppress(EOFError):
        loop = make()
        while True:
            orders.send(speed(loop, engine.device, orders.recv(), unmeasured))
