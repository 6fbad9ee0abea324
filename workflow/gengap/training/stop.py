"""How a training is asked to save and stop: by a signal to its process, or by whoever runs it in a thread."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


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
