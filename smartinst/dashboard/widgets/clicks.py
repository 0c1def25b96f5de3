"""Which clicks count: one that was made while something ran waits for the kernel, and must not start it once more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from smartinst.intake.connection import current_instant


def made_at() -> datetime | None:
    """When the browser made the click that is handled just now, by its own clock; null outside a kernel."""
    from IPython.core.getipython import get_ipython

    kernel = getattr(get_ipython(), "kernel", None)
    made = (kernel.get_parent() or {}).get("header", {}).get("date") if kernel else None
    return made if isinstance(made, datetime) and made.tzinfo else None


class Clicks:
    """The clicks on buttons that start something long.

    The browser's clock may be any other: the click that came soonest after it was made tells how far they are apart, so
    that a click made after the end is never taken for one made before it.
    """

    def __init__(
        self,
        made: Callable[[], datetime | None] = made_at,
        handled: Callable[[], datetime] = current_instant,
    ) -> None:
        self._made, self._handled = made, handled
        self._apart: timedelta | None = None
        self._ended: datetime | None = None

    def count(self) -> bool:
        """Whether the click that is handled just now was made after the last run ended."""
        made = self._made()
        if made is None:
            return True
        apart = self._handled() - made
        self._apart = apart if self._apart is None else min(self._apart, apart)
        return self._ended is None or made >= self._ended - self._apart

    @contextmanager
    def running(self) -> Iterator[None]:
        """What clicks made meanwhile must not start again."""
        try:
            yield
        finally:
            self._ended = self._handled()
