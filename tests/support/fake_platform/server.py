"""The fake platform on a real loopback port, in a thread."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self

import uvicorn

from tests.support.fake_platform.app import FakePlatform


class Served:
    """Serves a fake platform in a thread; `base` is the address of its API and token service."""

    def __init__(self, platform: FakePlatform, port: int = 0) -> None:
        self.platform = platform
        self._socket = socket.create_server(("127.0.0.1", port), backlog=256)
        self.base = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(
            platform.app,
            log_level="error",
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()
        self.platform.close()

    def environment(self) -> dict[str, str]:
        """Variables for smartinst: addresses, credentials and webhook tokens of every account."""
        own = {
            name: value
            for one in self.platform.applications
            for name, value in one.environment().items()
        }
        return {"SMARTINST_HOTMART_API": self.base, "SMARTINST_HOTMART_AUTH": self.base, **own}

    def wait(self) -> None:
        """Waits until the server stops."""
        self._thread.join()
