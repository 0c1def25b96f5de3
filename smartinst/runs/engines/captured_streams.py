"""Standard output and error of the cells that are executed in this process.

ipykernel's stream sends its text from a thread with ZeroMQ. This one publishes in the thread that
writes, at the same moments as a kernel: before a display, after 0.2 seconds, after a cell.
"""

from __future__ import annotations

import codecs
import math
import os
import select
import threading
import time
from contextlib import suppress
from typing import Any, Final

from ipykernel import iostream
from jupyter_client.session import Session

DESCRIPTORS: Final = {"stdout": 1, "stderr": 2}
CHUNK_BYTES: Final = 1 << 16


class DirectPublisher(iostream.IOPubThread):
    """Replaces ipykernel's publishing thread: calls every scheduled function at once."""

    def __init__(self) -> None:
        self.thread = threading.Thread(name="IOPub")  # never started, so that streams do not wait
        self.io_loop: Any = None

    def schedule(self, f: object) -> None:
        """Calls the function."""
        f()  # type: ignore[operator]


class OutStream(iostream.OutStream):
    """Publishes what is written to it, and to the file descriptor of the standard stream.

    A process that the notebook has forked writes to the descriptor. `streams` are all captured
    streams of the process; each adds itself.
    """

    def __init__(self, session: Session, name: str, streams: list[OutStream]) -> None:
        super().__init__(session, DirectPublisher(), name, watchfd=False)
        self._descriptor = DESCRIPTORS[name]
        self._pending_since = math.inf
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pipe_lock = threading.RLock()
        self._original_stdstream_copy = os.dup(self._descriptor)  # returned by fileno()
        self._pipe, writer = os.pipe()
        os.set_blocking(self._pipe, False)
        os.dup2(writer, self._descriptor)
        os.close(writer)
        self._streams = streams
        streams.append(self)
        threading.Thread(target=self._watch, name=name, daemon=True).start()

    def write(self, string: str) -> int:
        """Adds text; returns the number of its characters."""
        if self._is_forked():
            _write_all(self._descriptor, string)
            return len(string)
        self._read_pipe()
        self._flush_due()
        super().write(_encodable(string))
        return len(string)

    def flush(self) -> None:
        """Publishes the text written so far."""
        if not self._is_forked():
            self._read_pipe()
            self._flush()

    def release(self) -> None:
        """Flushes, and gives the descriptor back to the process."""
        self.flush()
        os.dup2(self._original_stdstream_copy, self._descriptor)

    def _is_forked(self) -> bool:
        return not self._is_master_process()

    def _watch(self) -> None:
        """Reads the pipe until its last writer has closed it, so that no writer has to wait."""
        readable = select.poll()
        readable.register(self._pipe, select.POLLIN)
        while readable.poll():
            if not self._read_pipe():
                return

    def _read_pipe(self) -> bool:
        """Adds what was written to the descriptor; False if no process can write to it any more."""
        with self._pipe_lock, suppress(BlockingIOError):
            while content := os.read(self._pipe, CHUNK_BYTES):
                super().write(self._decoder.decode(content))
            return False
        return True

    def _schedule_flush(self) -> None:
        if self._pending_since == math.inf:
            self._pending_since = time.monotonic()

    def _flush(self) -> None:
        self._pending_since = math.inf
        super()._flush()

    def _flush_due(self) -> None:
        """Publishes texts that a kernel's timer would have published by now, the oldest first."""
        latest = time.monotonic() - self.flush_interval
        due = [
            stream for stream in self._streams if (stream._pending_since or latest + 1) <= latest
        ]
        for stream in sorted(due, key=lambda stream: stream._pending_since or latest):
            stream._flush()


def _encodable(text: Any) -> Any:
    """The text without lone surrogates, which no notebook can contain; other values as they are."""
    return text.encode(errors="replace").decode() if isinstance(text, str) else text


def _write_all(descriptor: int, text: str) -> None:
    content = text.encode("utf-8", "backslashreplace")
    while content:
        content = content[os.write(descriptor, content) :]
