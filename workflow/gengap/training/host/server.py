"""The host's side: a thread and a CUDA stream for each job's training, until no job is left.

Started by `gengap.training.host.meeting` with an open, listening socket; see `main`.
"""

import gc
import logging
import os
import selectors
import signal
import socket
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch

from gengap.data.store import load
from gengap.device import choose_device
from gengap.errors import UserError
from gengap.run_lock import run_lock
from gengap.training.host.meeting import doorway, leave
from gengap.training.host.messages import DONE, ERROR, STOPPED, USER_ERROR, Inbox, send
from gengap.training.job import TrainingJob
from gengap.training.perform import perform
from gengap.training.precision import ALONE
from gengap.training.stop import StopRequest

logger = logging.getLogger("gengap")

_THREAD = threading.local()
_load = lru_cache(maxsize=4)(lambda path, checksum: load(path))


@dataclass(eq=False)
class Visitor:
    """A job that is connected.

    Attributes:
        connection: its socket.
        inbox: its messages so far.
        stop: lets its training be stopped.
        thread: trains for it, once it has said what.
        gone: whether its connection has ended.
        most: most trainings of this process at once while its own ran.
    """

    connection: socket.socket
    inbox: Inbox = field(default_factory=Inbox)
    stop: StopRequest = field(default_factory=StopRequest)
    thread: threading.Thread | None = None
    gone: bool = False
    most: int = 0


class Host:
    """Serves jobs from one listening socket; the main thread listens, one thread for each job trains."""

    def __init__(self, listener: socket.socket, path: Path, idle_seconds: float) -> None:
        """Serve the jobs that connect to `listener`, known by `path`, until none came for `idle_seconds`."""
        self._listener = listener
        self._path = path
        self._idle_seconds = idle_seconds
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._visitors: set[Visitor] = set()
        self._known = True
        self._failed = False
        self._terminated = False

    def serve(self) -> None:
        """Serve until nobody needs this process any more.

        After an unexpected error, which may have left the GPU in any state, only the trainings that run are finished.
        """
        last_visit = time.monotonic()
        while True:
            for key, _ in self._selector.select(timeout=0.2):
                if key.fileobj is self._listener:
                    self._welcome(self._listener.accept()[0])
                else:
                    self._read(key.data)
            for visitor in [visitor for visitor in self._visitors if visitor.gone and not _trains(visitor)]:
                visitor.connection.close()
                self._visitors.remove(visitor)
            if self._failed or self._terminated:
                self._leave()
            if self._visitors:
                last_visit = time.monotonic()
            elif not self._known or (time.monotonic() - last_visit > self._idle_seconds and self._leave()):
                return

    def terminate(self, number: int, frame: object) -> None:
        """Handle SIGTERM: every training saves its state and stops."""
        self._terminated = True
        for visitor in self._visitors:
            visitor.stop.ask(number)

    def _leave(self) -> bool:
        """Make this host unknown, unless a job waits at the door of a sound one; whether it is unknown now."""
        if not self._path.exists():  # somebody has cleared the temporary files away
            self._known = False
        if self._known:
            with doorway(self._path):
                if self._failed or self._terminated or not self._selector.select(timeout=0):
                    leave(self._path)
                    self._known = False
        return not self._known

    def _welcome(self, connection: socket.socket) -> None:
        visitor = Visitor(connection)
        self._visitors.add(visitor)
        self._selector.register(connection, selectors.EVENT_READ, visitor)
        if self._terminated:
            visitor.stop.ask(signal.SIGTERM)

    def _read(self, visitor: Visitor) -> None:
        try:
            data = visitor.connection.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            # The job has ended, however it did: nobody waits for its training any more.
            visitor.stop.ask(signal.SIGHUP)
            visitor.gone = True
            self._selector.unregister(visitor.connection)
        for message in visitor.inbox.add(data):
            if "stop" in message:
                visitor.stop.ask(message["stop"])
            else:
                job = TrainingJob(**message["job"])
                visitor.thread = threading.Thread(target=self._train, args=(visitor, job), daemon=True)
                visitor.thread.start()
                together = [other for other in self._visitors if _trains(other)]
                for other in together:
                    other.most = max(other.most, len(together))

    def _train(self, visitor: Visitor, job: TrainingJob) -> None:
        """What the thread of one job does."""
        _THREAD.connection = visitor.connection
        end = self._outcome(visitor, job)
        try:
            _give_back_memory()
        except Exception:
            # The device is in no state to go on with, and the job must hear of its end all the same.
            self._failed = True
            logger.exception("The memory of the GPU could not be given back")
        finally:
            with suppress(OSError):
                send(visitor.connection, end)
                visitor.connection.shutdown(socket.SHUT_RDWR)

    def _outcome(self, visitor: Visitor, job: TrainingJob) -> dict[str, Any]:
        try:
            device = choose_device(job.run["compute"]["device"])
            with run_lock(job.checkpoints):
                dataset = _load(job.data, Path(job.checksum).read_text(encoding="utf-8"))
                perform(job, dataset, device, visitor.stop, lambda: max(1, visitor.most))
        except UserError as error:
            return {"end": USER_ERROR, "text": str(error)}
        except SystemExit as stopped:
            return {"end": STOPPED, "status": stopped.code}
        except Exception:
            self._failed = True
            return {"end": ERROR, "text": traceback.format_exc()}
        return {"end": DONE}


def _give_back_memory() -> None:
    """Give what a training held back to the device, before its job lets the next one in."""
    gc.collect()
    if torch.cuda.is_initialized():
        with ALONE:
            torch.cuda.empty_cache()


def _trains(visitor: Visitor) -> bool:
    return visitor.thread is not None and visitor.thread.is_alive()


class _ToJob(logging.Handler):
    """Sends what a training logs to its job, and everything else to standard error."""

    def emit(self, record: logging.LogRecord) -> None:
        connection = getattr(_THREAD, "connection", None)
        if connection is None:
            print(self.format(record), file=sys.stderr, flush=True)
            return
        with suppress(OSError):  # a job that is gone reads no log
            send(connection, {"level": record.levelno, "text": self.format(record)})


def main(descriptor: str, path: str, idle_seconds: str) -> None:
    """Be a host.

    Args:
        descriptor: number of the open, listening socket.
        path: where the socket can be found.
        idle_seconds: end after that long without a job.
    """
    # As `gengap.job.job_log`: libraries tell their warnings, the package its progress too.
    logging.basicConfig(level=logging.WARNING, handlers=[_ToJob()], format="%(message)s")
    logger.setLevel(logging.INFO)
    logger.info("Process %d trains for the jobs that meet at %s", os.getpid(), path)
    with socket.socket(fileno=int(descriptor)) as listener:
        host = Host(listener, Path(path), float(idle_seconds))
        signal.signal(signal.SIGTERM, host.terminate)
        host.serve()


if __name__ == "__main__":
    main(*sys.argv[1:])
