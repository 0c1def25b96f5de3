"""Text in the form in which the SQL tables store it."""

from __future__ import annotations

from datetime import UTC, datetime


def instant_text(instant: datetime) -> str:
    """An instant as ISO text in UTC with whole seconds; it sorts in the order of the instants."""
    return instant.astimezone(UTC).isoformat(timespec="seconds")


def storable_text(text: str) -> str:
    """Text that every database accepts: no NUL, no lone surrogate, at most 2,000 characters."""
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")[:2000]
