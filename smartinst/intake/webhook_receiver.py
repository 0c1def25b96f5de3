"""The receiver of the platform's webhooks.

    POST, any path   200 stored · 400 not a webhook 2.0.0 · 401 bad token · 408 · 413 · 503
    GET /health      200 or 503: whether the database answers; the number of events to fold
    GET /metrics     the same and the counts of replies, for Prometheus

A reply is 2xx only after the event is committed to the inbox. A body answered 400 or 413 is
quarantined. The token identifies the seller; tokens in files are read again on SIGHUP. Log lines
contain neither tokens nor parts of bodies.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
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

from smartinst.errors import ConfigurationError
from smartinst.hotmart.parsing.envelopes import (
    body_hash,
    envelope_id,
    parse_envelope,
    redact_envelope,
)
from smartinst.hotmart.parsing.outcome import InvalidItemError
from smartinst.hotmart.parsing.redaction import body_fingerprint
from smartinst.intake.inbox import Clock, Inbox, InboxEntry, NotStoredError, backlog
from smartinst.settings import Settings, read_secret, secret_suffix

HEADER: Final = b"x-hotmart-hottok"
BODY_SECONDS: Final = 30
"""How long a body may take to arrive."""
_UNREAD_BODY: Final = (401, 408, 413)
"""Replies sent before the body is read: the connection is closed."""

_LOG: Final = logging.getLogger(__name__)


@dataclass
class WebhookTokens:
    """The active tokens of all sellers as hashes; a seller has two while it changes its token."""

    sellers: tuple[tuple[bytes, str], ...]

    def reload(self, settings: Settings) -> None:
        """Reads the tokens again; if that fails, the current ones stay active. Logs one line."""
        try:
            self.sellers = read_webhook_tokens(settings).sellers
        except ConfigurationError as error:
            _LOG.error("webhooks: the tokens were not reloaded: %s", error)
        else:
            _LOG.warning("webhooks: the tokens were reloaded: %d are active", len(self.sellers))

    def seller_of(self, headers: list[bytes]) -> str | None:
        """The seller of the single token header, or None. Takes the same time for any token."""
        header_hash = _hash(headers[0] if len(headers) == 1 else b"")
        matches = [
            seller_id
            for token_hash, seller_id in self.sellers
            if hmac.compare_digest(token_hash, header_hash)
        ]
        return matches[0] if matches else None


def read_webhook_tokens(
    settings: Settings, environment: dict[str, str] | None = None
) -> WebhookTokens:
    """The tokens of all sellers; ConfigurationError if two sellers have the same token."""
    owners: dict[bytes, str] = {}
    for seller in settings.seller:
        name = f"SMARTINST_HOTMART_{secret_suffix(seller.id)}_HOTTOK"
        for variable in (name, f"{name}_2"):
            secret = read_secret(variable, environment)
            token = secret.get_secret_value().strip() if secret else ""
            if token and owners.setdefault(_hash(token.encode()), seller.id) != seller.id:
                raise ConfigurationError(
                    f"{variable}: another seller has the same token; each seller needs its own"
                )
    return WebhookTokens(tuple(owners.items()))


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()


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
        seller_id = self.tokens.seller_of(headers)
        if seller_id is None:
            return 401, "bad_token", "X-HOTMART-HOTTOK matches no seller"
        body, is_complete = await self._read_body(request)
        if not is_complete:
            reason = f"larger than {self.max_bytes} bytes ([limits] max_event_kb)"
            excerpt = f"{body_fingerprint(body)} and more"  # of the part that was read
            entry = InboxEntry(seller_id, body_hash(body), reason=reason, excerpt=excerpt)
            await self.inbox.store(entry, self.now())
            _LOG.warning("webhooks: an event of %s was refused: %s", seller_id, reason)
            return 413, "too_large", reason
        entry = inbox_entry(body, seller_id)
        is_new = await self.inbox.store(entry, self.now())
        if entry.reason is not None:
            return 400, "refused", entry.reason
        return 200, "kept" if is_new else "duplicate", ""

    async def _read_body(self, request: Request) -> tuple[bytes, bool]:
        """The body up to the limit, and whether it is complete."""
        body = bytearray()
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > self.max_bytes:
                    return bytes(body[: self.max_bytes]), False
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
    receiver = WebhookReceiver(engine, tokens, max_bytes, now, inbox, metrics)

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
