"""The fake platform without a port: a transport for the client in the same process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Literal

import httpx2

from smartinst.hotmart.api.client import PREFIX, Platform
from smartinst.hotmart.api.oauth import read_credentials
from smartinst.hotmart.api.rate_limit import Timing
from smartinst.settings import HotmartSettings
from tests.support.fake_platform.app import FakePlatform


class KilledError(BaseException):
    """The process was killed during a call."""


class InProcessPlatform(httpx2.BaseTransport):
    """Serves a fake platform to clients whose clock advances at once instead of waiting.

    `requests` has all calls of the API, also those with a fault. If `kill` is set, the next write
    raises KilledError before or after the platform executes it.
    """

    def __init__(self, platform: FakePlatform) -> None:
        self.platform = platform
        self.requests: list[tuple[str, str]] = []  # method, path
        self.kill: Literal["before", "after"] | None = None
        self.waited_seconds = 0.0
        self._lock = Lock()

    def client(self) -> Platform:
        application = self.platform.applications[0]
        credentials = read_credentials(application.account.seller_id, application.environment())
        assert credentials is not None
        timing = Timing(lambda: self.waited_seconds, self._wait)
        return Platform(credentials, HotmartSettings(), timing, self)

    @property
    def writes(self) -> list[str]:
        """The paths of the calls that change something."""
        return [path for method, path in self.requests if method != "GET"]

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """The reply to one call; ReadError if a fault cuts the connection."""
        with self._lock:
            is_api = request.url.path.startswith(PREFIX)
            if is_api:
                self.requests.append((request.method, request.url.path.removeprefix(PREFIX)))
            kill = self.kill if is_api and request.method != "GET" else None
            if kill == "before":
                raise KilledError
            response = asyncio.run(_Exchange(request).run(self.platform))
            if kill == "after":
                raise KilledError
            return response

    def _wait(self, seconds: float) -> None:
        self.waited_seconds += seconds


class _Exchange:
    """One request and its response, as messages of ASGI; `transport` is what a fault aborts."""

    def __init__(self, request: httpx2.Request) -> None:
        self.request, self.transport = request, self
        self.response: list[Any] = []
        self.is_body_read = self.is_cut = False

    async def run(self, platform: FakePlatform) -> httpx2.Response:
        url = self.request.url
        scope = {
            "type": "http",
            "method": self.request.method,
            "path": url.path,
            "query_string": url.query,
            "headers": [(name.lower(), value) for name, value in self.request.headers.raw],
        }
        await platform.app(scope, self.receive, self.send)
        if self.is_cut:
            raise httpx2.ReadError("cut", request=self.request)
        start, *parts = self.response
        body = b"".join(part.get("body", b"") for part in parts)
        return httpx2.Response(start["status"], headers=start["headers"], content=body)

    async def receive(self) -> dict[str, Any]:
        if not self.is_body_read:
            self.is_body_read = True
            return {"type": "http.request", "body": self.request.read(), "more_body": False}
        if not self.is_cut:
            await asyncio.Event().wait()  # the client stays connected
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.response.append(message)

    def abort(self) -> None:
        self.is_cut = True


def milliseconds(instant: datetime) -> int:
    """An instant as the platform writes it."""
    return int(instant.astimezone(UTC).timestamp() * 1000)
