"""The receiver as a process: uvicorn on one socket, and the fold in a process of its own beside it."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.synchronize import Event
from typing import Final

import uvicorn

from smartinst.database.engine import connect
from smartinst.errors import ConfigurationError
from smartinst.intake.inbox import Clock, fold_while
from smartinst.intake.webhook_receiver import application, read_webhook_tokens
from smartinst.ledger.ledger import Ledger
from smartinst.settings import Settings

GRACE_SECONDS: Final = 10
"""How long open requests may take once the receiver is told to stop."""

CONCURRENT: Final = 2_000
"""Requests at once beyond which the receiver answers 503."""

_LOG: Final = logging.getLogger(__name__)


def serve(
    settings: Settings,
    host: str,
    port: int,
    now: Clock,
    folds: bool,
    listening: Callable[[str, bool], None],
) -> None:
    """Serves until SIGTERM or SIGINT; `listening` is told the address and whether any token is set.

    SIGHUP reads the tokens again. ConfigurationError when the address is taken or two sellers have the same token.
    """
    tokens = read_webhook_tokens(settings)
    engine = connect(settings.database)
    place = _listen(host, port)
    config = uvicorn.Config(
        application(engine, settings, tokens, now),
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=CONCURRENT,
        timeout_graceful_shutdown=GRACE_SECONDS,
        h11_max_incomplete_event_size=16 << 10,
    )
    with place, _folding(settings, now, folds), _ends_quietly():
        listening(_address(place), bool(tokens.sellers))
        uvicorn.Server(config).run(sockets=[place])
    engine.dispose()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except (OSError, OverflowError) as error:
        reason = str(getattr(error, "strerror", error)).partition(" (while")[0]
        raise ConfigurationError(f"cannot listen on {host} port {port}: {reason}") from error


def _address(place: socket.socket) -> str:
    host, port = place.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@contextmanager
def _ends_quietly() -> Iterator[None]:
    """uvicorn raises the signal again that it stopped for: the end was asked for, so the exit code is 0."""
    before = {one: signal.signal(one, lambda *_: None) for one in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


@contextmanager
def _folding(settings: Settings, now: Clock, folds: bool) -> Iterator[None]:
    """A process that folds while the receiver serves; one that ends is started again."""
    if not folds:
        yield
        return
    is_over = threading.Event()
    keeper = threading.Thread(target=_keep_folding, args=(settings, now, is_over), name="fold")
    keeper.start()
    try:
        yield
    finally:
        is_over.set()
        keeper.join()


def _keep_folding(settings: Settings, now: Clock, is_over: threading.Event) -> None:
    context = get_context("spawn")
    while not is_over.is_set():
        stop = context.Event()
        process = context.Process(
            target=_fold, args=(settings, now, os.getpid(), stop), name="fold"
        )
        process.start()
        while process.is_alive() and not is_over.wait(0.5):
            pass
        stop.set()
        process.join()
        if not is_over.wait(1):
            _LOG.error("fold: its process ended with %s; started again", process.exitcode)


def _fold(settings: Settings, now: Clock, parent: int, stop: Event) -> None:
    """Until told to stop, or the receiver is gone."""
    for one in (
        signal.SIGINT,
        signal.SIGHUP,
    ):  # a terminal sends them to both: the receiver says when to stop
        signal.signal(one, signal.SIG_IGN)
    engine = connect(settings.database)

    def goes_on(seconds: float) -> bool:
        return not stop.wait(seconds) and os.getppid() == parent

    fold_while(engine, Ledger(settings.ledger), now, goes_on, settings.limits.keep_event_days)
    engine.dispose()
