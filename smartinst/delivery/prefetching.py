"""Results that are produced in a thread while earlier ones are handled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(frozen=True)
class _Failure:
    """The exception that ended the production."""

    error: BaseException


class _End:
    """Marks the end of the items."""


class Prefetched(Generic[Item]):
    """An iterator over items that a thread produces; `has_next`: whether the next is ready."""

    def __init__(self, queue: SimpleQueue[Item | _Failure | _End]) -> None:
        self._queue = queue

    def has_next(self) -> bool:
        """Whether `next` would return, or end, at once."""
        return not self._queue.empty()

    def __iter__(self) -> Iterator[Item]:
        while not isinstance(item := self._queue.get(), _End):
            if isinstance(item, _Failure):
                raise item.error
            yield item


@contextmanager
def prefetched(items: Iterator[Item]) -> Iterator[Prefetched[Item]]:
    """Produces all items in a thread; after the block ends, none after the current one.

    Errors of the producer are raised where its items are read.
    """
    queue: SimpleQueue[Item | _Failure | _End] = SimpleQueue()
    is_cancelled = Event()

    def produce() -> None:
        try:
            with closing(items) as source:  # type: ignore[type-var]  # callers pass generators
                for item in source:
                    queue.put(item)
                    if is_cancelled.is_set():
                        return
            queue.put(_End())
        except BaseException as error:  # raised in the other thread
            queue.put(_Failure(error))

    thread = Thread(target=produce, name="runs", daemon=True)
    thread.start()
    try:
        yield Prefetched(queue)
    finally:
        is_cancelled.set()
        thread.join()
