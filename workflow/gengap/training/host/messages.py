"""Messages between a job and its host: one JSON object a line over a Unix socket.

The job sends `{"job": …}` once and `{"stop": <signal>}` when it is to stop. The host sends a `level` and a `text` for
each log record and, last, `{"end": …}` with one of the ends below, its `text` or its `status`.
"""

import json
import socket
from collections.abc import Iterator, Mapping
from typing import Any

DONE = "done"
USER_ERROR = "user error"
STOPPED = "stopped"
ERROR = "error"


def send(connection: socket.socket, message: Mapping[str, Any]) -> None:
    """Send one message.

    Raises:
        OSError: the other side is gone.
    """
    connection.sendall(json.dumps(message).encode() + b"\n")


def received(connection: socket.socket) -> Iterator[dict[str, Any]]:
    """Messages as they come, until the other side closes the connection or is gone."""
    inbox = Inbox()
    while True:
        try:
            data = connection.recv(65536)
        except ConnectionError:
            return
        if not data:
            return
        yield from inbox.add(data)


class Inbox:
    """Puts the messages of one connection together from the pieces in which they arrive."""

    def __init__(self) -> None:
        self._rest = b""

    def add(self, data: bytes) -> list[dict[str, Any]]:
        """The messages that this piece completes."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in lines]
