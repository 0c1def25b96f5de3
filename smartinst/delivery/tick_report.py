"""The result of a tick: its counts, and what the operator is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

COUNTS: Final = ("due", "sent", "queued", "held", "refused", "in_doubt", "failed")


@dataclass
class TickReport:
    """Counts, problems and warnings of one tick, for the operator, never for a seller.

    A problem means that something due is neither sent nor queued; a warning does not.
    """

    now: datetime
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        """Whether there was no problem: everything due is sent or queued."""
        return not self.problems

    def document(self) -> dict[str, Any]:
        """The object that `schedule tick --json` prints (docs/contracts.md §6)."""
        now = self.now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return {"now": now, **{name: self.counts[name] for name in COUNTS}}


def describe_row(row: Mapping[str, Any]) -> str:
    """A run or a delivery as the operator reads it: `weekly of acme, 2026-11-02T07:00`."""
    return f"{row['report']} of {row['seller_id']}, {row['period']}"
