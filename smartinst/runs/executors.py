"""Where work is done: spawned processes here, or the workers of a Dask cluster. Nothing else knows which.

A process that dies takes only its own work along. Here the pieces that were in flight with it are done once more, each
in a process of its own, so that the one that kills its process is known; a cluster does the same by itself.
"""

from __future__ import annotations

import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any, Final, TypeVar

from smartinst.errors import ConfigurationError

CLUSTER_SECONDS: Final = 10

LOOK_SECONDS: Final = 1

Work = TypeVar("Work")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Lost:
    """No result: the process ended. `is_blameless`: not for this piece of work, its cluster went away."""

    reason: str
    is_blameless: bool = False


GONE: Final = Lost("the cluster that made it went away", is_blameless=True)


def spread(
    do: Callable[[Work], Result], todo: Sequence[Work], jobs: int, address: str
) -> Iterator[tuple[Work, Result | Lost]]:
    """Each piece of work with its result, as they come; ConfigurationError for a cluster that does not answer.

    `do` catches its own errors; `address` is "local", with `jobs` processes, or dask://host:port.
    """
    if address == "local":
        yield from _in_processes(do, todo, jobs)
        return
    with _cluster(address) as (executor, is_there):
        yield from _on_cluster(do, todo, executor, is_there)


def _on_cluster(
    do: Callable[[Work], Result],
    todo: Sequence[Work],
    executor: Executor,
    is_there: Callable[[], bool],
) -> Iterator[tuple[Work, Result | Lost]]:
    """As the answers come; what a scheduler that went away still owed is lost, since some of it never ends by itself."""
    left = {executor.submit(do, one): one for one in todo}
    while left:
        done = wait(left, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED).done
        for one in done:
            yield left.pop(one), _result(one)
        if not done and not is_there():
            for work in left.values():
                yield work, GONE
            return


def _in_processes(
    do: Callable[[Work], Result], todo: Sequence[Work], jobs: int
) -> Iterator[tuple[Work, Result | Lost]]:
    waiting = deque(todo)
    while waiting:
        suspects: list[Work] = []
        with _processes(min(jobs, len(waiting))) as executor:
            for one, result in _while_it_lasts(executor, do, waiting, jobs):
                if isinstance(result, Lost):
                    suspects.append(one)
                else:
                    yield one, result
        for one in suspects:
            with _processes(1) as executor:
                yield one, _result(executor.submit(do, one))


def _while_it_lasts(
    executor: Executor, do: Callable[[Work], Result], waiting: deque[Work], jobs: int
) -> Iterator[tuple[Work, Result | Lost]]:
    """Takes work, no more than is in flight at once, until there is none or a process has died."""
    in_flight: dict[Future[Result], Work] = {}
    is_whole = True
    while in_flight or (waiting and is_whole):
        while is_whole and waiting and len(in_flight) < jobs:
            one = waiting.popleft()
            try:
                in_flight[executor.submit(do, one)] = one
            except BrokenExecutor:  # it broke between two answers; this one was never begun
                waiting.appendleft(one)
                is_whole = False
        for done in wait(in_flight, return_when=FIRST_COMPLETED).done:
            result = _result(done)
            is_whole = is_whole and not isinstance(result, Lost)
            yield in_flight.pop(done), result


def _result(done: Future[Any]) -> Any:
    try:
        return done.result()
    except CancelledError:
        return GONE
    except Exception as error:  # a worker that died has an error of its own with every executor
        return Lost(f"the process that made it ended: {type(error).__name__}: {error}")


def _processes(jobs: int) -> ProcessPoolExecutor:
    spawned = get_context("spawn")
    return ProcessPoolExecutor(
        max(jobs, 1), spawned, initializer=_end_with, initargs=(os.getpid(),)
    )


def _end_with(parent: int) -> None:
    """Ends this process soon after the one that began it was killed; else it would wait for work for ever."""

    def watch() -> None:
        while os.getppid() == parent:
            never.wait(LOOK_SECONDS)
        os._exit(1)

    never = threading.Event()
    threading.Thread(target=watch, name="parent", daemon=True).start()


@contextmanager
def _cluster(address: str) -> Iterator[tuple[Executor, Callable[[], bool]]]:
    """The cluster's executor, and whether its scheduler is still the one that was asked."""
    if not address.startswith("dask://"):
        raise ConfigurationError(
            f'executor: expected "local" or dask://host:port, found {address!r}'
        )
    try:
        from distributed import Client
    except ImportError:
        raise ConfigurationError(
            "executor: dask is not installed; pip install 'smartinst[dask]'"
        ) from None
    for name in (
        "distributed",
        "distributed.client",
        "tornado.application",
    ):  # what it says of a lost cluster is in our own error
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client: Any = Client(
            address.replace("dask://", "tcp://"), timeout=CLUSTER_SECONDS, set_as_default=False
        )  # type: ignore[no-untyped-call]
    except OSError as error:
        raise ConfigurationError(f"executor: {address} does not answer: {error}") from error
    with client:
        line = client.scheduler_comm
        yield (
            client.get_executor(pure=False),
            lambda: client.status == "running" and client.scheduler_comm is line,
        )
