"""Limits of the receiver's connections: their number, and the time of each request.

uvicorn has no deadline before the first byte of a request and none for its headers. A connection
that sends nothing, or slowly, is closed after REQUEST_SECONDS. If all places are taken, the one
that has waited longest for a complete request is closed in favour of a new connection, so that
silent connections never keep an event out.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import resource
import time
from collections import Counter
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, Final

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

REQUEST_SECONDS: Final = 30
"""Time for a whole request, from the connection or the previous reply to the last byte."""
REPLY_SECONDS: Final = 30
"""Time for the reply after that; the connection is then cut."""
CLOSE_SECONDS: Final = 5
"""Time that a peer has to read what was sent before the connection is cut."""
RESERVED_FILES: Final = 100
"""File descriptors for the database, logs and libraries."""
MIN_CONNECTIONS: Final = 8
LOG_SECONDS: Final = 60
"""The shortest time between two log lines about missing file descriptors."""

_NO_DESCRIPTOR: Final = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_TIMEOUT_REPLY: Final = (
    b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
)
_LOG: Final = logging.getLogger(__name__)


class ConnectionGuard:
    """The open connections, the oldest first, and how many of each address."""

    def __init__(
        self, max_connections: int, max_per_address: int, on_close: Callable[[str], None]
    ) -> None:
        """`on_close` is called with the reason for which a connection was closed."""
        self.max_connections = max_connections
        self.max_per_address = max_per_address
        self.on_close = on_close
        self._open: dict[GuardedProtocol, None] = {}
        self._addresses: Counter[str] = Counter()
        self._logged_at = -float(LOG_SECONDS)

    def admit(self, protocol: GuardedProtocol) -> None:
        """Registers a connection; closes another one, or this one, if there are too many."""
        self._open[protocol] = None
        self._addresses[protocol.address] += 1
        if len(self._open) > self.max_connections:
            self._make_room(protocol, "full", None)
        elif self._is_over_its_share(protocol.address):
            self._make_room(protocol, "address", protocol.address)

    def release(self, protocol: GuardedProtocol) -> None:
        """Forgets a connection."""
        if protocol in self._open:
            del self._open[protocol]
            self._addresses -= Counter((protocol.address,))

    def renew(self, protocol: GuardedProtocol) -> None:
        """Makes a connection the newest: it has completed a request."""
        if protocol in self._open:
            del self._open[protocol]
            self._open[protocol] = None

    def handle_exception(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Logs the lack of file descriptors once a minute; the loop tries again by itself."""
        error = context.get("exception")
        if not (isinstance(error, OSError) and error.errno in _NO_DESCRIPTOR):
            loop.default_exception_handler(context)
        elif (now := time.monotonic()) - self._logged_at >= LOG_SECONDS:
            self._logged_at = now
            _LOG.error(
                "webhooks: new connections wait: %s (LimitNOFILE, ulimit -n)", error.strerror
            )

    def _is_over_its_share(self, address: str) -> bool:
        return self._addresses[address] > self.max_per_address and not _is_loopback(address)

    def _make_room(self, newcomer: GuardedProtocol, reason: str, address: str | None) -> None:
        """Closes the oldest connection without a complete request, else the newcomer."""
        candidates = (
            protocol
            for protocol in self._open
            if protocol.is_waiting and address in (None, protocol.address)
        )
        self.on_close(reason)
        next(candidates, newcomer).cut()


def _is_loopback(address: str) -> bool:
    """Whether an address is of this machine: that of a proxy, which has many clients."""
    try:
        return ip_address(address).is_loopback
    except ValueError:  # a local socket
        return True


def connection_limit(max_connections: int) -> int:
    """The largest number of connections that the limit of open files permits."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY:
        return max_connections
    return max(MIN_CONNECTIONS, min(max_connections, files - RESERVED_FILES))


class StrictConnection(h11.Connection):
    """h11's parser, which refuses a request with two lengths of its body (RFC 9112 §6.3).

    A proxy may read the other length, and take the rest of the body for a request of its own.
    """

    def next_event(self) -> Any:
        """The next event of the connection; RemoteProtocolError is answered by 400 and an end."""
        event = super().next_event()
        if isinstance(event, h11.Request):
            names = {name for name, _ in event.headers}
            if {b"content-length", b"transfer-encoding"} <= names:
                raise h11.RemoteProtocolError("both Content-Length and Transfer-Encoding")
        return event


class GuardedProtocol(H11Protocol):
    """uvicorn's protocol with deadlines; `app_state` has the ConnectionGuard as `guard`."""

    address = ""
    deadline = 0.0
    """When the request has to be complete, by the clock of the event loop."""
    _timer: asyncio.TimerHandle | None = None

    @property
    def guard(self) -> ConnectionGuard:
        guard: ConnectionGuard = self.app_state["guard"]
        return guard

    @property
    def is_waiting(self) -> bool:
        """Whether no complete request has arrived since the connection or the previous reply."""
        return self._has_no_headers or bool(self.cycle.more_body)

    @property
    def _has_no_headers(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def __init__(self, config: uvicorn.Config, *arguments: Any, **options: Any) -> None:
        super().__init__(config, *arguments, **options)
        self.conn = StrictConnection(h11.SERVER, config.h11_max_incomplete_event_size or 0)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "connection": self}
        self.address = self.client[0] if self.client else ""
        self._start_deadline()
        self.guard.admit(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        self.guard.release(self)
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        self._start_deadline()
        self.guard.renew(self)
        super().on_response_complete()

    def cut(self) -> None:
        """Ends the connection at once."""
        self.transport.abort()

    def _start_deadline(self) -> None:
        self.deadline = self.loop.time() + REQUEST_SECONDS
        self._start_timer(REQUEST_SECONDS, self._expire)

    def _expire(self) -> None:
        """Ends a connection without complete headers; the handler answers an incomplete body."""
        if not self._has_no_headers:
            self._start_timer(REPLY_SECONDS, self.cut)
            return
        self.guard.on_close("deadline")
        if not self.transport.is_closing():
            if self.conn.trailing_data[0]:
                self.transport.write(_TIMEOUT_REPLY)
            self.transport.close()
        self._start_timer(CLOSE_SECONDS, self.cut)

    def _start_timer(self, seconds: float, action: Callable[[], None]) -> None:
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, action)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
