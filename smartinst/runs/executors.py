"""Executors of tasks: spawned processes of this machine, or the workers of a Dask cluster.

The loss of a process affects only the tasks in progress. Locally, each of them is executed once
more in a separate process, to identify the one that kills its process; a cluster does this itself.
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
    function: Callable[[Task], Result], tasks: Sequence[Task], jobs: int, address: str
) -> Iterator[tuple[Task, Result | LostResult]]:
    """Each task with its result, in order of completion; ConfigurationError if no cluster answers.

    `function` handles its own errors. `address` is "local", with `jobs` processes, or
    dask://host:port.
    """
    if address == "local":
        yield from _in_processes(function, tasks, jobs)
        return
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


def _in_processes(
    function: Callable[[Task], Result], tasks: Sequence[Task], jobs: int
) -> Iterator[tuple[Task, Result | LostResult]]:
    queue = deque(tasks)
    while queue:
        suspects: list[Task] = []
        with _process_pool(min(jobs, len(queue))) as executor:
            for task, result in _until_broken(executor, function, queue, jobs):
                if isinstance(result, LostResult):
                    suspects.append(task)
                else:
                    yield task, result
        for task in suspects:
            with _process_pool(1) as executor:
                yield task, _result(executor.submit(function, task))


def _until_broken(
    executor: Executor, function: Callable[[Task], Result], queue: deque[Task], jobs: int
) -> Iterator[tuple[Task, Result | LostResult]]:
    """Takes tasks from the queue, `jobs` at a time, until it is empty or a process has died."""
    in_flight: dict[Future[Result], Task] = {}
    is_intact = True
    while in_flight or (queue and is_intact):
        while is_intact and queue and len(in_flight) < jobs:
            task = queue.popleft()
            try:
                in_flight[executor.submit(function, task)] = task
            except BrokenExecutor:  # the pool broke between two results; this task never started
                queue.appendleft(task)
                is_intact = False
        for future in wait(in_flight, return_when=FIRST_COMPLETED).done:
            result = _result(future)
            is_intact = is_intact and not isinstance(result, LostResult)
            yield in_flight.pop(future), result


def _result(future: Future[Any]) -> Any:
    try:
        return future.result()
    except CancelledError:
        return CLUSTER_LOST
    except Exception as error:  # each executor has its own exception for a worker that died
        return LostResult(f"the process that executed it ended: {type(error).__name__}: {error}")


def _process_pool(jobs: int) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(
        max(jobs, 1), get_context("spawn"), initializer=_exit_with_parent, initargs=(os.getpid(),)
    )


def _exit_with_parent(parent: int) -> None:
    """Ends this process soon after its parent was killed; otherwise it would wait forever."""

    def watch() -> None:
        while os.getppid() == parent:
            timer.wait(POLL_SECONDS)
        os._exit(1)

    timer = threading.Event()
    threading.Thread(target=watch, name="parent", daemon=True).start()


@contextmanager
def _cluster(address: str) -> Iterator[tuple[Executor, Callable[[], bool]]]:
    """The cluster's executor, and whether its scheduler is still the one first connected to."""
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
    for name in CLUSTER_LOGGERS:  # our own errors report the loss of a cluster
        logging.getLogger(name).setLevel(logging.CRITICAL)
    server = address.replace("dask://", "tcp://")
    try:
        client: Any = Client(server, timeout=CLUSTER_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except OSError as error:
        raise ConfigurationError(f"executor: {address} does not answer: {error}") from error
    with client:
        channel = client.scheduler_comm
        yield (
            client.get_executor(pure=False),
            lambda: client.status == "running" and client.scheduler_comm is channel,
        )
