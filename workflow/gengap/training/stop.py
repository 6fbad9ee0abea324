"""How a training is asked to save and stop: by a signal to its process, or by whoever runs it in a thread."""

import ctypes
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_PR_SET_PDEATHSIG = 1


def stop_with_parent() -> None:
    """Have the kernel send SIGTERM to this process when the one that started it ends, however that comes.

    A killed Snakemake leaves no trainings behind that would hold their runs; they save and end. On Linux; elsewhere
    nothing is done.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))


class StopRequest:
    """Whether a training is to save its state and stop between two updates, and which signal asked for it.

    Attributes:
        signal: number of the signal; `None` as long as nobody asked.
    """

    def __init__(self) -> None:
        self.signal: int | None = None

    def ask(self, number: int) -> None:
        """Ask the training to stop as if its process had received this signal; safe from every thread."""
        self.signal = number

    @contextmanager
    def by_signals(self) -> Iterator[None]:
        """While the block runs, SIGTERM and SIGINT ask; a second one is not caught.

        Only the main thread of a process receives signals. In another thread the block just runs.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        previous = {number: signal.signal(number, self._receive) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _receive(self, number: int, frame: object) -> None:
        self.ask(number)
        signal.signal(number, signal.SIG_DFL)
