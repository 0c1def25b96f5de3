"""Tasks on the workers of a Dask cluster; the loss of one affects only its task."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    CancelledError,
    Executor,
    Future,
    wait,
)
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from smartinst.addresses import validate_executor
from smartinst.errors import ConfigurationError

CLUSTER_SECONDS: Final = 10
"""Time-out of a connection to a cluster."""

POLL_SECONDS: Final = 1
CLUSTER_LOGGERS: Final = ("distributed", "distributed.client", "tornado.application")

Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class LostResult:
    """No result, because the process ended.

    `infrastructure_fault`: the cluster was lost, which is not the task's fault.
    """

    reason: str
    infrastructure_fault: bool = False


CLUSTER_LOST: Final = LostResult(
    "the connection to the cluster was lost", infrastructure_fault=True
)


def distribute(
    function: Callable[[Task], Result], tasks: Sequence[Task], address: str
) -> Iterator[tuple[Task, Result | LostResult]]:
    """Each task with its result, in order of completion; ConfigurationError if no cluster answers.

    `function` handles its own errors. `address` is tls://host:port, with the
    certificates of Dask's own configuration, or dask://host:port.
    """
    with _cluster(address) as (executor, is_connected):
        yield from _on_cluster(function, tasks, executor, is_connected)


def _on_cluster(
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    executor: Executor,
    is_connected: Callable[[], bool],
) -> Iterator[tuple[Task, Result | LostResult]]:
    """Results as they complete; if the scheduler is lost, pending tasks are reported as lost."""
    pending = {executor.submit(function, task): task for task in tasks}
    while pending:
        completed = wait(pending, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED).done
        for future in completed:
            yield pending.pop(future), _result(future)
        if not completed and not is_connected():
            for task in pending.values():
                yield task, CLUSTER_LOST
            return


def _result(future: Future[Any]) -> Any:
    try:
        return future.result()
    except CancelledError:
        return CLUSTER_LOST
    except Exception as error:  # each executor has its own exception for a worker that died
        return LostResult(f"the process that executed it ended: {type(error).__name__}: {error}")


@contextmanager
def _cluster(address: str) -> Iterator[tuple[Executor, Callable[[], bool]]]:
    """The cluster's executor, and whether its scheduler is still the one first connected to."""
    try:
        validate_executor(address)
    except ValueError as error:
        raise ConfigurationError(f"executor: {error}") from error
    try:
        from distributed import Client
    except ImportError:
        raise ConfigurationError(
            "executor: dask is not installed; pip install 'smartinst[dask]'"
        ) from None
    for name in CLUSTER_LOGGERS:  # our own errors report the loss of a cluster
        logging.getLogger(name).setLevel(logging.CRITICAL)
    server = address.replace("dask://", "tcp://")
    try:
        client: Any = Client(server, timeout=CLUSTER_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TypeError) as error:  # TypeError: TLS without certificates
        raise ConfigurationError(f"executor: {address} does not answer: {error}") from error
    with client:
        channel = client.scheduler_comm
        yield (
            client.get_executor(pure=False),
            lambda: client.status == "running" and client.scheduler_comm is channel,
        )
