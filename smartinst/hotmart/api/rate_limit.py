"""The platform's rate limit: 500 calls a minute, told by RateLimit-* headers; who is over it waits instead of failing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final

LONGEST_WAIT: Final = 90.0
MARGIN: Final = 0.05
_RESET: Final = ("RateLimit-Reset", "Retry-After")


@dataclass(frozen=True)
class Timing:
    """The clock of a client, in seconds: what it reads and how it waits."""

    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


class RateLimit:
    """How many calls are left until when; threads share it."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._lock = Lock()
        self._left: int | None = None  # null: not told yet
        self._resets = 0.0
        self._under_way = 0

    def take(self) -> None:
        """Waits until one more call may be made."""
        while (seconds := self._wait()) > 0:
            self._timing.sleep(seconds)

    def told(self, status: int, headers: Mapping[str, str]) -> bool:
        """What an answer says of the limit; true when the call was not carried out and is to be made again."""
        with self._lock:
            self._under_way -= 1
            now = self._timing.monotonic()
            left = _number(headers, "RateLimit-Remaining", "X-RateLimit-Remaining-Minute")
            if status == 429:
                self._left, self._resets = 0, now + seconds_to_wait(headers)
                return True
            reset = _number(headers, *_RESET)
            if left is not None:
                self._left = max(left - self._under_way, 0)
                self._resets = now + min(60 if reset is None else reset, LONGEST_WAIT) + MARGIN
            return False

    def lost(self) -> None:
        """A call that got no answer."""
        with self._lock:
            self._under_way -= 1

    def _wait(self) -> float:
        """Seconds to wait; at 0 the call is counted."""
        with self._lock:
            now = self._timing.monotonic()
            if self._left is not None and now >= self._resets:
                self._left = None
            if self._left == 0:
                return self._resets - now
            if self._left is not None:
                self._left -= 1
            self._under_way += 1
            return 0.0


def seconds_to_wait(headers: Mapping[str, str]) -> float:
    """After a 429, until the next call; a second where the answer does not say."""
    reset = _number(headers, *_RESET)
    return min(1 if reset is None else max(reset, 1), LONGEST_WAIT) + MARGIN


def _number(headers: Mapping[str, str], *names: str) -> int | None:
    for name in names:
        value = headers.get(name, "").strip()
        if value.isdigit():
            return int(value)
    return None
