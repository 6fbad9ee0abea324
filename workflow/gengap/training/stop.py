"""How a training is asked to save and stop: by a signal to its process."""

import ctypes
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Signals this shortly after the first belong to it. In seconds.
REPEAT_SECONDS = 1.0
STOPS = (signal.SIGTERM, signal.SIGINT)
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

    @contextmanager
    def by_signals(self) -> Iterator[None]:
        """While the block runs, the first SIGTERM or SIGINT asks; one that comes later ends the process.

        One request can come as several signals: when a process with threads is killed, the kernel hands its children
        from thread to thread and signals at each; a terminal and Snakemake both signal after Ctrl-C. So those until
        `REPEAT_SECONDS` after the first are taken as the same, and so are all that come while one long operation keeps
        Python from handling any. For the main thread only; SIGALRM is used.
        """

        def handle(number: int, frame: object) -> None:
            if self.signal is None:
                signal.setitimer(signal.ITIMER_REAL, REPEAT_SECONDS)
                self.signal = number

        def end_from_now_on(number: int, frame: object) -> None:
            for stop in STOPS:
                signal.signal(stop, signal.SIG_DFL)

        handlers = {signal.SIGALRM: end_from_now_on} | dict.fromkeys(STOPS, handle)
        previous = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            for number, handler in previous.items():
                signal.signal(number, handler)
