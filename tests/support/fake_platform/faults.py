"""Faults around the whole application, as a proxy or a broken connection would cause them.

drop_before   cut before anything is applied        apply_then_drop      applied, then cut
timeout       nothing applied, no answer            apply_then_timeout   applied, no answer
apply_late    applied only after `seconds`          500_after            applied, then 500
hold          applied, answered when `release` is set
400 429 500 502   answered without applying         expired              401, token invalid
malformed     a truncated document                  empty_body           200 without a body
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KINDS: Final = (
    "drop_before apply_then_drop timeout apply_then_timeout apply_late 400 429 500 500_after 502 "
    "expired malformed empty_body hold"
).split()
_WORDS: Final = {
    "400": "invalid_parameter",
    "429": "too_many_requests",
    "500": "internal_server_error",
    "502": "bad_gateway",
}


@dataclass
class Fault:
    """Applies to `times` calls after the first `skip`, by method and path.

    If `further_pages`, only to calls with a page token. `seconds`: maximum duration of a call.
    """

    kind: str
    path: str = ""
    method: str = ""
    times: int = 1
    skip: int = 0
    seconds: float = 30.0
    reset_seconds: int = 1
    further_pages: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind: expected one of {', '.join(KINDS)}; found {self.kind!r}")
        re.compile(self.path)

    def matches(self, scope: Scope) -> bool:
        """Whether the fault applies to a call; counts the call."""
        is_further = b"page_token=" in scope["query_string"]
        if self.method not in ("", scope["method"]) or not re.search(self.path, scope["path"]):
            return False
        if (self.further_pages and not is_further) or self.times < 1:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


class Faulty:
    """An application with faults; `met` has the calls to which one applied."""

    def __init__(self, app: ASGIApp, forget: Callable[[str], None]) -> None:
        self.app, self.forget = app, forget
        self.faults: list[Fault] = []
        self.met: list[tuple[str, str, str]] = []  # kind, method, path
        self.release = threading.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        fault = (
            next((fault for fault in self.faults if fault.matches(scope)), None)
            if scope["type"] == "http"
            else None
        )
        if fault is None:
            await self.app(scope, receive, send)
            return
        self.met.append((fault.kind, scope["method"], scope["path"]))
        if fault.kind in ("drop_before", "timeout"):
            await _hang_up(receive, send, fault.seconds if fault.kind == "timeout" else 0)
        elif fault.kind in _WORDS or fault.kind == "expired":
            await self._refuse(fault, scope, receive, send)
        else:
            await self._apply(fault, scope, receive, send)

    async def _refuse(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        kind, headers = fault.kind, {}
        if kind == "429":
            reset = str(fault.reset_seconds)
            headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": reset}
        if kind == "expired":
            self.forget(dict(scope["headers"]).get(b"authorization", b"").decode())
        body = {
            "error": _WORDS.get(kind, "token_expired"),
            "error_description": "configured fault",
        }
        await JSONResponse(body, 401 if kind == "expired" else int(kind), headers)(
            scope, receive, send
        )

    async def _apply(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        if fault.kind == "apply_late":
            await asyncio.sleep(fault.seconds)
        status, body = await self._answer(scope, receive)
        if fault.kind == "hold":
            await asyncio.to_thread(self.release.wait, fault.seconds)
        if fault.kind in ("apply_then_drop", "apply_then_timeout"):
            await _hang_up(
                receive, send, fault.seconds if fault.kind == "apply_then_timeout" else 0
            )
            return
        if fault.kind == "500_after":
            status, body = 500, b'{"error":"internal_server_error"}'
        elif fault.kind not in ("apply_late", "hold"):
            body = body[: len(body) * 2 // 3] if fault.kind == "malformed" else b""
        with suppress(RuntimeError):  # the client may have disconnected
            await Response(body, status, media_type="application/json")(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes]:
        """The reply of the application."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, keep)
        return messages[0]["status"], b"".join(message.get("body", b"") for message in messages[1:])


async def _hang_up(receive: Receive, send: Any, seconds: float) -> None:
    """Cuts the connection after some seconds, or when the client closes it."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await _disconnected(receive)
    send.__self__.transport.abort()
    await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
