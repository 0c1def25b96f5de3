"""The platform's rate limit, 500 calls a minute (RateLimit-* headers); further calls wait."""

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
    """A client's clock and its sleep function, both in seconds."""

    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


class RateLimit:
    """The calls that remain in the current window; shared by threads."""

    def __init__(self, timing: Timing) -> None:
        self._timing = timing
        self._lock = Lock()
        self._remaining: int | None = None  # None: unknown
        self._resets_at = 0.0
        self._running_calls = 0

    def acquire(self) -> None:
        """Wait until one more call is allowed."""
        while (seconds := self._seconds_to_next_call()) > 0:
            self._timing.sleep(seconds)

    def release(self, status: int, headers: Mapping[str, str]) -> bool:
        """Read the limit in a reply; true if the call was rejected and has to be repeated."""
        with self._lock:
            self._running_calls -= 1
            now = self._timing.monotonic()
            remaining = _header_number(
                headers, "RateLimit-Remaining", "X-RateLimit-Remaining-Minute"
            )
            if status == 429:
                self._remaining, self._resets_at = 0, now + seconds_to_wait(headers)
                return True
            reset = _header_number(headers, *_RESET)
            if remaining is not None:
                self._remaining = max(remaining - self._running_calls, 0)
                self._resets_at = now + min(60 if reset is None else reset, LONGEST_WAIT) + MARGIN
            return False

    def abandon(self) -> None:
        """Stop counting a call that got no reply."""
        with self._lock:
            self._running_calls -= 1

    def _seconds_to_next_call(self) -> float:
        """Seconds to wait; if 0, the call is counted as running."""
        with self._lock:
            now = self._timing.monotonic()
            if self._remaining is not None and now >= self._resets_at:
                self._remaining = None
            if self._remaining == 0:
                return self._resets_at - now
            if self._remaining is not None:
                self._remaining -= 1
            self._running_calls += 1
            return 0.0


def seconds_to_wait(headers: Mapping[str, str]) -> float:
    """Seconds from a 429 to the next call; 1 if the reply has no such header."""
    reset = _header_number(headers, *_RESET)
    return min(1 if reset is None else max(reset, 1), LONGEST_WAIT) + MARGIN


def _header_number(headers: Mapping[str, str], *names: str) -> int | None:
    for name in names:
        value = headers.get(name, "").strip()
        if value.isdigit():
            return int(value)
    return None
