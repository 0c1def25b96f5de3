"""The receiver of the platform's webhooks.

    POST, any path   200 stored · 400 not a webhook 2.0.0 · 401 bad token · 408 · 409 · 413 · 503
    GET /health      200 or 503: database, disk, fold, and the number of events to fold

A reply is 2xx only after the event is committed to the inbox. A body answered 400, 409 (its id has
another content) or 413 is quarantined. The token identifies the seller; tokens in files are read
again on SIGHUP. Without the header, a small body is read: a webhook 1.0.0, with its token inside,
is answered 400 with advice, anything else 401. Log lines contain neither tokens nor parts of
bodies.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smartinst.hotmart.parsing.document_kinds import VERSION_1_REFUSAL
from smartinst.hotmart.parsing.envelopes import (
    body_hash,
    envelope_id,
    parse_envelope,
    redact_envelope,
    version_1_tokens,
)
from smartinst.hotmart.values.outcome import InvalidItemError
from smartinst.hotmart.values.redaction import body_fingerprint
from smartinst.intake.inbox import (
    CONFLICT_REASON,
    Clock,
    Inbox,
    InboxEntry,
    NotStoredError,
    StoreResult,
)
from smartinst.intake.webhook_connections import ConnectionGuard, connection_limit
from smartinst.intake.webhook_health import ReceiverHealth, ReceiverMetrics
from smartinst.intake.webhook_tokens import WebhookTokens
from smartinst.settings import Settings

HEADER: Final = b"x-hotmart-hottok"
LARGE_BYTES: Final = 32 << 10
"""Bodies above this size are parsed in a thread, one at a time, so that others do not wait."""
MAX_VALUES: Final = 20_000
"""Largest number of values in an event; real ones have about a hundred."""
VERSION_1_BYTES: Final = 32 << 10
VERSION_1_SECONDS: Final = 10
VERSION_1_READS: Final = 64
"""The largest body without a token in its header, its time, and how many are read at once."""

DRAIN_SECONDS: Final = 1
"""How long the body of a request with a bad token is awaited, before the reply to it."""

_VERSION_1_TYPES: Final = ("application/x-www-form-urlencoded", "application/json")
_UNREAD_BODY: Final = (401, 408, 413)
"""Replies that may be sent before the body is read: the connection is closed."""

_BAD_TOKEN: Final = (401, "bad_token", "X-HOTMART-HOTTOK matches no seller")

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class WebhookReceiver:
    """The request handlers, and the objects that they share."""

    tokens: WebhookTokens
    max_bytes: int
    now: Clock
    inbox: Inbox
    metrics: ReceiverMetrics
    health: ReceiverHealth
    version_1_reads: asyncio.Semaphore
    large_bodies: asyncio.Semaphore

    async def receive(self, request: Request) -> Response:
        """Receives one event; the seller may have configured any path on the platform."""
        try:
            code, outcome, detail = await self._receive(request)
        except NotStoredError:
            code, outcome, detail = 503, "not_kept", "not stored, send it again"
        except (ClientDisconnect, TimeoutError):
            code, outcome, detail = 408, "cut", "the body did not arrive"
        self.metrics.replies.labels(outcome).inc()
        headers = {"connection": "close"} if code in _UNREAD_BODY else None
        return JSONResponse({"status": outcome, "detail": detail}, code, headers)

    async def _receive(self, request: Request) -> tuple[int, str, str]:
        headers = [value for name, value in request.scope["headers"] if name == HEADER]
        if not headers:
            return await self._receive_version_1(request)
        seller_id = self.tokens.seller_of(headers)
        if seller_id is None:
            return await self._drain_and_refuse(request)
        body, is_complete = await self._read_body(request, self.max_bytes)
        if not is_complete:
            reason = f"larger than {self.max_bytes} bytes ([limits] max_event_kb)"
            excerpt = f"{body_fingerprint(body)} and more"  # of the part that was read
            event_id = body_hash(body)
            entry = InboxEntry(seller_id, event_id, reason=reason, excerpt=excerpt)
            await self.inbox.store(entry, self.now())
            _LOG.warning("webhooks: an event of %s was refused: %s", seller_id, reason)
            return 413, "too_large", reason
        return await self._store(body, seller_id)

    async def _receive_version_1(self, request: Request) -> tuple[int, str, str]:
        """A request without the header: refused with advice if its body has a seller's token."""
        limit = min(self.max_bytes, VERSION_1_BYTES)
        if not _may_be_version_1(request, limit) or self.version_1_reads.locked():
            return await self._drain_and_refuse(request)
        async with self.version_1_reads:
            async with asyncio.timeout(VERSION_1_SECONDS):
                body, is_complete = await self._read_body(request, limit)
        tokens = version_1_tokens(body) if is_complete else []
        seller_id = self.tokens.seller_of(tokens)
        return await self._store(body, seller_id) if seller_id else _BAD_TOKEN

    async def _drain_and_refuse(self, request: Request) -> tuple[int, str, str]:
        """The refusal of a token, after a body that arrives at once has been thrown away.

        A proxy whose request is answered while it still sends would report a fault of its own.
        """
        unread_bytes = self.max_bytes
        with suppress(ClientDisconnect, TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                async for chunk in request.stream():
                    unread_bytes -= len(chunk)
                    if unread_bytes < 0:
                        break
        return _BAD_TOKEN

    async def _store(self, body: bytes, seller_id: str) -> tuple[int, str, str]:
        """Stores the event or the reason for its refusal, unless the body has another token."""
        entry = await self._parse(body, seller_id)
        tokens = version_1_tokens(body) if entry.reason == VERSION_1_REFUSAL else []
        if tokens and self.tokens.seller_of(tokens) != seller_id:
            return _BAD_TOKEN
        result = await self.inbox.store(entry, self.now())
        if result is StoreResult.CONFLICT:
            _LOG.warning("webhooks: an event of %s was refused: %s", seller_id, CONFLICT_REASON)
            return 409, result, CONFLICT_REASON
        if entry.reason is not None:
            return 400, "refused", entry.reason
        return 200, result, ""

    async def _parse(self, body: bytes, seller_id: str) -> InboxEntry:
        if len(body) <= LARGE_BYTES:
            return inbox_entry(body, seller_id)
        async with self.large_bodies:
            return await asyncio.to_thread(inbox_entry, body, seller_id)

    async def _read_body(self, request: Request, limit: int) -> tuple[bytes, bool]:
        """The body up to the limit, and whether it is complete; TimeoutError at the deadline."""
        body = bytearray()
        async with asyncio.timeout_at(request.state.connection.deadline):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    return bytes(body[:limit]), False
        return bytes(body), True

    async def show_health(self, _request: Request) -> Response:
        """Database, free disk space, fold and backlog."""
        code, document = await asyncio.to_thread(self.health.report)
        return JSONResponse(document, code)


def _may_be_version_1(request: Request, limit: int) -> bool:
    """Whether a request without the header may have a webhook 1.0.0 as its body."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    length = request.headers.get("content-length", "0")
    is_small = length.isascii() and length.isdigit() and len(length) < 9 and int(length) <= limit
    return content_type in _VERSION_1_TYPES and is_small


def inbox_entry(body: bytes, seller_id: str) -> InboxEntry:
    """The entry for a body: its envelope without private data, or its hash, size and fault."""
    try:
        if body.count(b",") >= MAX_VALUES:
            raise InvalidItemError(f"more than {MAX_VALUES} values")
        envelope = parse_envelope(body)
        event_id, text = envelope_id(envelope, body), redact_envelope(envelope)
        return InboxEntry(seller_id, event_id, text, body_hash=body_hash(body))
    except InvalidItemError as error:
        excerpt = body_fingerprint(body)
        return InboxEntry(seller_id, body_hash(body), reason=str(error), excerpt=excerpt)


def application(
    engine: Engine,
    settings: Settings,
    tokens: WebhookTokens,
    now: Clock,
    metrics: ReceiverMetrics,
    health: ReceiverHealth,
) -> Starlette:
    """The receiver as an ASGI application; the inbox opens and closes with it."""
    inbox = Inbox(engine, metrics.commit_size.observe)
    guard = ConnectionGuard(
        connection_limit(settings.webhooks.connections),
        settings.webhooks.connections_per_address,
        metrics.count_closed,
    )
    receiver = WebhookReceiver(
        tokens,
        settings.limits.max_event_kb * 1024,
        now,
        inbox,
        metrics,
        health,
        version_1_reads=asyncio.Semaphore(VERSION_1_READS),
        large_bodies=asyncio.Semaphore(1),
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, object]]:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(guard.handle_exception)
        loop.add_signal_handler(signal.SIGHUP, tokens.reload, settings)
        inbox.open()
        try:
            yield {"guard": guard}
        finally:
            await inbox.close()

    routes = [
        Route("/health", receiver.show_health, methods=["GET"]),
        Route("/{path:path}", receiver.receive, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
