"""The receiver of the platform's webhooks: an event is answered with 2xx only after it is committed to the inbox.

    POST, any path   200 kept or kept before · 400 no webhook 2.0.0 · 401 token · 408 · 413 · 503 again
    GET /health      200 or 503: does the database answer, how many events wait to be folded
    GET /metrics     the same and the counts of answers, for Prometheus

What is answered 400 or 413 is quarantined. The token tells the seller; tokens that lie in files are read again on SIGHUP.
Neither a token nor anything of a body stands in a log line.
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
from smartinst.intake.inbox import Clock, Inbox, InboxEntry, NotKept, backlog
from smartinst.settings import Settings, read_secret, secret_suffix

HEADER: Final = b"x-hotmart-hottok"
BODY_SECONDS: Final = 30
"""How long a body may take to arrive."""

_LOG: Final = logging.getLogger(__name__)


# --- tokens -----------------------------------------------------------------------------------------------------------


@dataclass
class WebhookTokens:
    """The active tokens of every seller, as hashes: two of a seller while it changes them."""

    sellers: tuple[tuple[bytes, str], ...]

    def renew(self, settings: Settings) -> None:
        """Reads them again; those that were active stay so where that is not possible. Told in one line."""
        try:
            self.sellers = read_webhook_tokens(settings).sellers
        except ConfigurationError as error:
            _LOG.error("webhooks: the tokens stay as they were: %s", error)
        else:
            _LOG.warning("webhooks: the tokens were read again: %d are active", len(self.sellers))

    def seller_of(self, given: list[bytes]) -> str | None:
        """Whose token the one header says; null for none. Takes as long for every token."""
        said = _hash(given[0] if len(given) == 1 else b"")
        found = [seller_id for token, seller_id in self.sellers if hmac.compare_digest(token, said)]
        return found[0] if found else None


def read_webhook_tokens(
    settings: Settings, environment: dict[str, str] | None = None
) -> WebhookTokens:
    """The tokens that are set; ConfigurationError where two sellers have the same one."""
    owners: dict[bytes, str] = {}
    for seller in settings.seller:
        name = f"SMARTINST_HOTMART_{secret_suffix(seller.id)}_HOTTOK"
        for variable in (name, f"{name}_2"):
            said = read_secret(variable, environment)
            token = said.get_secret_value().strip() if said else ""
            if token and owners.setdefault(_hash(token.encode()), seller.id) != seller.id:
                raise ConfigurationError(
                    f"{variable}: another seller has the same token; the token tells the seller"
                )
    return WebhookTokens(tuple(owners.items()))


def _hash(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()


# --- counts -----------------------------------------------------------------------------------------------------------


class ReceiverMetrics:
    """What /metrics shows; a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.answers = Counter(
            "smartinst_webhook_answers",
            "Answers by what became of the request",
            ["outcome"],
            registry=self.registry,
        )
        self.group = Histogram(
            "smartinst_webhook_commit_events",
            "Events in one commit",
            buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500),
            registry=self.registry,
        )
        self.waiting = Gauge(
            "smartinst_inbox_waiting", "Events that wait to be folded", registry=self.registry
        )
        self.oldest = Gauge(
            "smartinst_inbox_oldest_seconds",
            "For how long the oldest of them waits",
            registry=self.registry,
        )


# --- application ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class WebhookReceiver:
    """The parts that the routes share."""

    engine: Engine
    tokens: WebhookTokens
    max_bytes: int
    now: Clock
    inbox: Inbox
    counts: ReceiverMetrics

    async def receive(self, request: Request) -> Response:
        """One event, of whatever path the seller typed into the platform's form."""
        try:
            code, outcome, said = await self._outcome(request)
        except NotKept:
            code, outcome, said = 503, "not_kept", "not kept, send it again"
        except (ClientDisconnect, TimeoutError):
            code, outcome, said = 408, "cut", "the body did not arrive"
        self.counts.answers.labels(outcome).inc()
        headers = (
            {"connection": "close"} if code in (401, 408, 413) else None
        )  # the body was not read
        return JSONResponse({"status": outcome, "detail": said}, code, headers)

    async def _outcome(self, request: Request) -> tuple[int, str, str]:
        given = [value for name, value in request.scope["headers"] if name == HEADER]
        seller_id = self.tokens.seller_of(given)
        if seller_id is None:
            return 401, "bad_token", "X-HOTMART-HOTTOK matches no seller"
        body, is_whole = await self._body(request)
        if not is_whole:
            reason = f"larger than {self.max_bytes} bytes ([limits] max_event_kb)"
            await self.inbox.keep(_too_large(body, seller_id, reason), self.now())
            _LOG.warning("webhooks: an event of %s was refused: %s", seller_id, reason)
            return 413, "too_large", reason
        entry = entry_of(body, seller_id)
        is_fresh = await self.inbox.keep(entry, self.now())
        if entry.reason is not None:
            return 400, "refused", entry.reason
        return 200, "kept" if is_fresh else "duplicate", ""

    async def _body(self, request: Request) -> tuple[bytes, bool]:
        """The body, at most as many bytes as the limit says, and whether that is the whole of it."""
        body = bytearray()
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > self.max_bytes:
                    return bytes(body[: self.max_bytes]), False
        return bytes(body), True

    async def health(self, _request: Request) -> Response:
        """Whether the database answers."""
        try:
            waiting, oldest = await asyncio.to_thread(backlog, self.engine, self.now())
        except SQLAlchemyError:
            return JSONResponse({"status": "database does not answer"}, 503)
        return JSONResponse({"status": "ok", "waiting": waiting, "oldest_seconds": oldest})

    async def metrics(self, _request: Request) -> Response:
        """Counts in Prometheus's text format."""
        try:
            waiting, oldest = await asyncio.to_thread(backlog, self.engine, self.now())
        except SQLAlchemyError:
            self.counts.waiting.set(float("nan"))
            self.counts.oldest.set(float("nan"))
        else:
            self.counts.waiting.set(waiting)
            self.counts.oldest.set(oldest)
        return Response(generate_latest(self.counts.registry), media_type=CONTENT_TYPE_LATEST)


def entry_of(body: bytes, seller_id: str) -> InboxEntry:
    """What is kept of a body: the envelope less what is private, or its hash, size and why it is no envelope."""
    try:
        envelope = parse_envelope(body)
        return InboxEntry(seller_id, envelope_id(envelope, body), redact_envelope(envelope))
    except InvalidItemError as refusal:
        return InboxEntry(
            seller_id, body_hash(body), reason=str(refusal), excerpt=body_fingerprint(body)
        )


def _too_large(start: bytes, seller_id: str, reason: str) -> InboxEntry:
    """The trace of a body that was not read to its end: the hash of what was."""
    return InboxEntry(
        seller_id, body_hash(start), reason=reason, excerpt=f"{body_fingerprint(start)} and more"
    )


def application(engine: Engine, settings: Settings, tokens: WebhookTokens, now: Clock) -> Starlette:
    """The receiver as an ASGI application; the inbox opens and closes with it."""
    counts = ReceiverMetrics()
    inbox = Inbox(engine, counts.group.observe)
    receiver = WebhookReceiver(
        engine, tokens, settings.limits.max_event_kb * 1024, now, inbox, counts
    )

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        inbox.open()
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, tokens.renew, settings)
        try:
            yield
        finally:
            await inbox.close()

    routes = [
        Route("/health", receiver.health, methods=["GET"]),
        Route("/metrics", receiver.metrics, methods=["GET"]),
        Route("/{path:path}", receiver.receive, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
