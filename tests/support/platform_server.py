"""The platform's double on a real port, for processes of their own: a write can be held, before or after it took effect."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, Self

import httpx2

from tests.support.platform_double import Double


class PlatformServer:
    """Serves a double on loopback; `hold` names when the next write stops until `release`, `arrived` tells that it did."""

    def __init__(self, double: Double) -> None:
        self.double = double
        self.hold: Literal["before", "after"] | None = None
        self.arrived, self.release = threading.Event(), threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}
        )

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.release.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, method: str, path: str) -> httpx2.Response | None:
        """The double's answer; null where it cuts the connection."""
        held = self.hold if method != "GET" and not path.startswith("/security") else None
        if held:
            self.hold = None
        if held == "before":
            self._stop()
            return None  # whoever asked is gone: it never takes effect
        try:
            response = self.double.answer(httpx2.Request(method, self.address + path))
        except httpx2.TransportError:
            return None
        if held == "after":
            self._stop()
        return response

    def _stop(self) -> None:
        self.arrived.set()
        self.release.wait(120)


def _handler(server: PlatformServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            response = server.answer(self.command, self.path)
            if response is None:
                self.close_connection = True
                return
            try:
                self.send_response(response.status_code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(response.content)))
                self.end_headers()
                self.wfile.write(response.content)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the process was killed

        do_GET = do_POST = do_PUT = _serve  # noqa: N815 - names of http.server

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler
