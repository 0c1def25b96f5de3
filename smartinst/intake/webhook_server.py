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
from smartinst.intake.inbox import Clock, fold_while
from smartinst.intake.webhook_receiver import application
from smartinst.intake.webhook_tokens import read_webhook_tokens
from smartinst.ledger.ledger import Ledger
from smartinst.settings import Settings

GRACE_SECONDS: Final = 10
"""How long open requests may take after the stop signal."""

MAX_REQUESTS: Final = 2_000
"""The number of simultaneous requests beyond which the receiver answers 503."""

_LOG: Final = logging.getLogger(__name__)


def serve(
    settings: Settings,
    host: str,
    port: int,
    now: Clock,
    folds: bool,
    on_listen: Callable[[str, bool], None],
) -> None:
    """Serves until SIGTERM or SIGINT; SIGHUP reads the tokens again.

    `on_listen` is called with the address and whether any token is set. ConfigurationError if the
    address is in use or two sellers have the same token.
    """
    tokens = read_webhook_tokens(settings)
    with connected(settings.database) as engine, _listen(host, port) as server_socket:
        config = uvicorn.Config(
            application(engine, settings, tokens, now),
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=MAX_REQUESTS,
            timeout_graceful_shutdown=GRACE_SECONDS,
            h11_max_incomplete_event_size=16 << 10,
        )
        folding = _folding(settings, now) if folds else nullcontext()
        with folding, _signals_ignored():
            on_listen(_address(server_socket), bool(tokens.sellers))
            uvicorn.Server(config).run(sockets=[server_socket])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
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
def _folding(settings: Settings, now: Clock) -> Iterator[None]:
    """A process that folds while the receiver serves; it is restarted if it ends."""
    stop = threading.Event()
    supervisor = threading.Thread(target=_supervise_fold, args=(settings, now, stop), name="fold")
    supervisor.start()
    try:
        yield
    finally:
        stop.set()
        supervisor.join()


def _supervise_fold(settings: Settings, now: Clock, stop: threading.Event) -> None:
    context = get_context("spawn")
    while not stop.is_set():
        stop_fold = context.Event()
        process = context.Process(
            target=_fold, args=(settings, now, os.getpid(), stop_fold), name="fold"
        )
        process.start()
        while process.is_alive() and not stop.wait(0.5):
            pass
        stop_fold.set()
        process.join()
        if not stop.wait(1):
            _LOG.error("fold: its process ended with %s; started again", process.exitcode)


def _fold(settings: Settings, now: Clock, parent_id: int, stop: Event) -> None:
    """Folds until `stop` is set or the receiver's process has ended."""
    for number in (
        signal.SIGINT,
        signal.SIGHUP,
    ):  # a terminal signals both processes; the receiver decides
        signal.signal(number, signal.SIG_IGN)

    def should_continue(seconds: float) -> bool:
        return not stop.wait(seconds) and os.getppid() == parent_id

    with connected(settings.database) as engine:
        ledger = Ledger(settings.ledger)
        fold_while(engine, ledger, now, should_continue, settings.limits.keep_event_days)
