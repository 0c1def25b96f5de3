"""The webhook server: uvicorn on one socket, and a second process that folds."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from typing import Final

import uvicorn

from smartinst.database.engine import connected
from smartinst.errors import ConfigurationError
from smartinst.intake.fold import fold_while
from smartinst.intake.inbox import Clock
from smartinst.intake.webhook_connections import GuardedProtocol
from smartinst.intake.webhook_health import (
    FoldState,
    ReceiverMetrics,
    receiver_health,
    serve_metrics,
)
from smartinst.intake.webhook_receiver import application
from smartinst.intake.webhook_tokens import read_webhook_tokens
from smartinst.ledger.presence import open_ledger
from smartinst.settings import Settings

GRACE_SECONDS: Final = 10
"""How long open requests may take after the stop signal."""

BACKLOG: Final = 64
"""Connections that are accepted together, before any of them is counted: fewer than the file
descriptors in reserve."""

DATABASE_SECONDS: Final = 10
"""How long a statement waits for the database; the platform sends an event again after a 503."""

_LOG: Final = logging.getLogger(__name__)


def serve(
    settings: Settings,
    host: str,
    port: int,
    now: Clock,
    folds: bool,
    metrics_port: int,
    on_listen: Callable[[str, bool], None],
    on_metrics: Callable[[str], None],
) -> None:
    """Serves until SIGTERM or SIGINT; SIGHUP reads the tokens again.

    `on_listen` is called with the address and whether any token is set, `on_metrics` with the
    address of /metrics. ConfigurationError if an address is in use or two sellers have the same
    token.
    """
    tokens = read_webhook_tokens(settings)
    fold_state = FoldState() if folds else None
    metrics = ReceiverMetrics()
    with (
        connected(settings.database, DATABASE_SECONDS) as engine,
        _listen(host, port) as server_socket,
    ):
        health = receiver_health(engine, settings, now, fold_state)
        config = uvicorn.Config(
            application(engine, settings, tokens, now, metrics, health),
            http=GuardedProtocol,
            backlog=BACKLOG,
            ws="none",
            log_level="error",  # each invalid request would be a warning
            use_colors=False,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            h11_max_incomplete_event_size=16 << 10,
        )
        folding = _folding(settings, now, fold_state) if fold_state else nullcontext()
        serving_metrics = serve_metrics(metrics, health, metrics_port)
        with _signals_ignored(), serving_metrics as metrics_address, folding:
            on_listen(_address(server_socket), bool(tokens.sellers))
            on_metrics(metrics_address)
            uvicorn.Server(config).run(sockets=[server_socket])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        server_socket = socket.create_server((host, port), family=family, backlog=BACKLOG)
        # Accepted sockets inherit it; asyncio sets it only for those whose protocol number is TCP.
        server_socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return server_socket
    except (OSError, OverflowError) as error:
        reason = str(getattr(error, "strerror", error)).partition(" (while")[0]
        raise ConfigurationError(f"cannot listen on {host} port {port}: {reason}") from error


def _address(server_socket: socket.socket) -> str:
    host, port = server_socket.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _signals_ignored() -> Iterator[None]:
    """Ignores the signal that uvicorn raises again after it has stopped, so the exit code is 0."""
    signals = (signal.SIGTERM, signal.SIGINT)
    handlers = {number: signal.signal(number, lambda *_: None) for number in signals}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


@contextmanager
def _folding(settings: Settings, now: Clock, state: FoldState) -> Iterator[None]:
    """A process that folds while the receiver serves; it is restarted if it ends."""
    stop = threading.Event()
    supervisor = threading.Thread(
        target=_supervise_fold, args=(settings, now, state, stop), name="fold"
    )
    supervisor.start()
    try:
        yield
    finally:
        stop.set()
        supervisor.join()


def _supervise_fold(
    settings: Settings, now: Clock, state: FoldState, stop: threading.Event
) -> None:
    context = get_context("spawn")
    while not stop.is_set():
        stop_fold = context.Event()
        process = context.Process(
            target=_fold, args=(settings, now, state, os.getpid(), stop_fold), name="fold"
        )
        process.start()
        while process.is_alive() and not stop.wait(0.5):
            pass
        stop_fold.set()
        process.join()
        if not stop.wait(1):
            _LOG.error("fold: its process ended with %s; started again", process.exitcode)


def _fold(settings: Settings, now: Clock, state: FoldState, parent_id: int, stop: Event) -> None:
    """Folds until `stop` is set or the receiver's process has ended."""
    for number in (
        signal.SIGINT,
        signal.SIGHUP,
    ):  # a terminal signals both processes; the receiver decides
        signal.signal(number, signal.SIG_IGN)

    def should_continue(seconds: float) -> bool:
        return not stop.wait(seconds) and os.getppid() == parent_id

    with connected(settings.database) as engine:
        ledger = open_ledger(settings)
        fold_while(
            engine,
            ledger,
            now,
            should_continue,
            settings.limits.keep_event_days,
            state.record_success,
        )
