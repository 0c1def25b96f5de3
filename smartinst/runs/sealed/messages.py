"""Messages between smartinst and its preloaded process: JSON objects, one a line, on a socket."""

from __future__ import annotations

import json
import socket
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

READ_BYTES: Final = 1 << 16

Limit = Literal["memory", "processes", "disk", "cell_time", "compile_time"]


@dataclass(frozen=True)
class Work:
    """The first message: about `runs` runs will be started, at most `jobs` at a time."""

    jobs: int
    runs: int


@dataclass(frozen=True)
class Start:
    """A run to be started: its folder and limits, and the paths that it may read if confined.

    `stages` is the largest number of stages that it can report.
    """

    folder: str
    cell_seconds: int
    compile_seconds: int
    megabytes: int
    stages: int
    readable: tuple[str, ...] = ()
    is_confined: bool = False


@dataclass(frozen=True)
class Started:
    """A run's process has started."""

    folder: str


@dataclass(frozen=True)
class Ended:
    """A run's process has ended.

    `code` is the exit code, or the negative number of a signal. `limit` is the one that it
    exceeded, if any, and `stage` the last cell that began (or `compiling`); empty before the first.
    """

    folder: str
    code: int
    limit: Limit | None = None
    stage: str = ""


@dataclass(frozen=True)
class Probe:
    """A question whether the other end still works, and the answer."""


Message = Work | Start | Started | Ended | Probe
_TYPES: Final[dict[str, type[Any]]] = {
    kind.__name__: kind for kind in (Work, Start, Started, Ended, Probe)
}


class Channel:
    """One end of the socket."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._buffer = b""

    def fileno(self) -> int:
        """The socket's descriptor, for `select`."""
        return self.connection.fileno()

    def send(self, message: Message) -> None:
        """Sends one message; OSError if the other end is closed."""
        line = json.dumps({"type": type(message).__name__, **asdict(message)})
        self.connection.sendall(f"{line}\n".encode())

    def receive(self) -> list[Message] | None:
        """The messages that have arrived, after waiting for some; None at the end.

        TimeoutError if the connection has a time-out and nothing arrives.
        """
        try:
            block = self.connection.recv(READ_BYTES)
        except ConnectionError:
            return None
        if not block:
            return None
        *lines, self._buffer = (self._buffer + block).split(b"\n")
        documents = [json.loads(line) for line in lines]
        return [_TYPES[document.pop("type")](**document) for document in documents]
