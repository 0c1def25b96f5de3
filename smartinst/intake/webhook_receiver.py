"""The receiver of the platform's webhooks.

    POST, any path   200 stored · 400 not a webhook 2.0.0 · 401 bad token · 408 · 413 · 503
    GET /health      200 or 503: whether the database answers; the number of events to fold
    GET /metrics     the same and the counts of replies, for Prometheus

A reply is 2xx only after the event is committed to the inbox. A body answered 400 or 413 is
quarantined. The token identifies the seller; tokens in files are read again on SIGHUP. Without the
header, a small body is read: a webhook 1.0.0, with its token inside, is answered 400 with advice,
anything else 401. Log lines contain neither tokens nor parts of bodies.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
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
from smartinst.intake.inbox import Clock, Inbox, InboxEntry, NotStoredError, backlog
from smartinst.intake.webhook_tokens import WebhookTokens
from smartinst.settings import Settings

HEADER: Final = b"x-hotmart-hottok"
BODY_SECONDS: Final = 30
"""How long a body may take to arrive."""
VERSION_1_BYTES: Final = 32 << 10
VERSION_1_SECONDS: Final = 10
VERSION_1_READS: Final = 64
"""The largest body without a token in its header, its time, and how many are read at once."""

_VERSION_1_TYPES: Final = ("application/x-www-form-urlencoded", "application/json")
_UNREAD_BODY: Final = (401, 408, 413)
"""Replies that may be sent before the body is read: the connection is closed."""

_BAD_TOKEN: Final = (401, "bad_token", "X-HOTMART-HOTTOK matches no seller")

_LOG: Final = logging.getLogger(__name__)


class ReceiverMetrics:
    """The metrics of /metrics, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.replies = Counter(
            "smartinst_webhook_answers",
            "Replies by outcome",
            ["outcome"],
            registry=self.registry,
        )
        self.commit_size = Histogram(
            "smartinst_webhook_commit_events",
            "Events in one commit",
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
            registry=self.registry,
        )
        self.backlog_size = Gauge(
            "smartinst_inbox_waiting", "Events waiting to be folded", registry=self.registry
        )
        self.backlog_seconds = Gauge(
            "smartinst_inbox_oldest_seconds",
            "Seconds that the oldest waiting event has waited",
            registry=self.registry,
        )

    def set_backlog(self, size: float, seconds: float) -> None:
        self.backlog_size.set(size)
        self.backlog_seconds.set(seconds)


@dataclass(frozen=True)
class WebhookReceiver:
    """The request handlers, and the objects that they share."""

    engine: Engine
    tokens: WebhookTokens
    max_bytes: int
    now: Clock
    inbox: Inbox
    metrics: ReceiverMetrics
    version_1_reads: asyncio.Semaphore

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
            return _BAD_TOKEN
        body, is_complete = await self._read_body(request, self.max_bytes, BODY_SECONDS)
        if not is_complete:
            reason = f"larger than {self.max_bytes} bytes ([limits] max_event_kb)"
            excerpt = f"{body_fingerprint(body)} and more"  # of the part that was read
            entry = InboxEntry(seller_id, body_hash(body), reason=reason, excerpt=excerpt)
            await self.inbox.store(entry, self.now())
            _LOG.warning("webhooks: an event of %s was refused: %s", seller_id, reason)
            return 413, "too_large", reason
        return await self._store(body, seller_id)

    async def _receive_version_1(self, request: Request) -> tuple[int, str, str]:
        """A request without the header: refused with advice if its body has a seller's token."""
        limit = min(self.max_bytes, VERSION_1_BYTES)
        if not _may_be_version_1(request, limit) or self.version_1_reads.locked():
            return _BAD_TOKEN
        async with self.version_1_reads:
            body, is_complete = await self._read_body(request, limit, VERSION_1_SECONDS)
        tokens = version_1_tokens(body) if is_complete else []
        seller_id = self.tokens.seller_of(tokens)
        return await self._store(body, seller_id) if seller_id else _BAD_TOKEN

    async def _store(self, body: bytes, seller_id: str) -> tuple[int, str, str]:
        """Stores the event or the reason for its refusal, unless the body has another token."""
        entry = inbox_entry(body, seller_id)
        tokens = version_1_tokens(body) if entry.reason == VERSION_1_REFUSAL else []
        if tokens and self.tokens.seller_of(tokens) != seller_id:
            return _BAD_TOKEN
        is_new = await self.inbox.store(entry, self.now())
        if entry.reason is not None:
            return 400, "refused", entry.reason
        return 200, "kept" if is_new else "duplicate", ""

    async def _read_body(self, request: Request, limit: int, seconds: int) -> tuple[bytes, bool]:
        """The body up to the limit, and whether it is complete."""
        body = bytearray()
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > limit:
                    return bytes(body[:limit]), False
        return bytes(body), True

    async def show_health(self, _request: Request) -> Response:
        """Whether the database answers, and the backlog."""
        try:
            size, seconds = await asyncio.to_thread(backlog, self.engine, self.now())
        except SQLAlchemyError:
            return JSONResponse({"status": "database does not answer"}, 503)
        return JSONResponse({"status": "ok", "waiting": size, "oldest_seconds": seconds})

    async def show_metrics(self, _request: Request) -> Response:
        """The metrics in Prometheus's text format."""
        try:
            self.metrics.set_backlog(*await asyncio.to_thread(backlog, self.engine, self.now()))
        except SQLAlchemyError:
            self.metrics.set_backlog(float("nan"), float("nan"))
        return Response(generate_latest(self.metrics.registry), media_type=CONTENT_TYPE_LATEST)


def _may_be_version_1(request: Request, limit: int) -> bool:
    """Whether a request without the header may have a webhook 1.0.0 as its body."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    length = request.headers.get("content-length", "0")
    is_small = length.isascii() and length.isdigit() and len(length) < 9 and int(length) <= limit
    return content_type in _VERSION_1_TYPES and is_small


def inbox_entry(body: bytes, seller_id: str) -> InboxEntry:
    """The entry for a body: its envelope without private data, or its hash, size and fault."""
    try:
        envelope = parse_envelope(body)
        return InboxEntry(seller_id, envelope_id(envelope, body), redact_envelope(envelope))
    except InvalidItemError as error:
        excerpt = body_fingerprint(body)
        return InboxEntry(seller_id, body_hash(body), reason=str(error), excerpt=excerpt)


def application(engine: Engine, settings: Settings, tokens: WebhookTokens, now: Clock) -> Starlette:
    """The receiver as an ASGI application; the inbox opens and closes with it."""
    metrics = ReceiverMetrics()
    inbox = Inbox(engine, metrics.commit_size.observe)
    max_bytes = settings.limits.max_event_kb * 1024
    reads = asyncio.Semaphore(VERSION_1_READS)
    receiver = WebhookReceiver(engine, tokens, max_bytes, now, inbox, metrics, reads)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        inbox.open()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, tokens.reload, settings)
        try:
            yield
        finally:
            await inbox.close()

    routes = [
        Route("/health", receiver.show_health, methods=["GET"]),
        Route("/metrics", receiver.show_metrics, methods=["GET"]),
        Route("/{path:path}", receiver.receive, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
