"""What a tick has done so far: its counts, and what the operator has to know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection

from smartinst.delivery import operator_notices

COUNTS: Final = ("due", "sent", "queued", "held", "refused", "in_doubt", "failed")


@dataclass
class Tick:
    """What a tick did: its counts, and what the operator has to know (never a seller)."""

    now: datetime
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def tell(self, connection: Connection, said: str) -> None:
        """A problem: on record in the transaction of what it tells of, so that neither is there without the other."""
        self.problems.append(said)
        operator_notices.note(connection, said, self.now)

    @property
    def is_well(self) -> bool:
        """Whether everything due is sent or queued, and nothing of ours is wrong."""
        return not self.problems

    def document(self) -> dict[str, Any]:
        """As `schedule tick --json` prints it (docs/contracts.md §6)."""
        now = self.now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return {"now": now, **{name: self.counts[name] for name in COUNTS}}


def name_of(row: Mapping[str, Any]) -> str:
    """A run or a delivery, as the operator reads it."""
    return f"{row['report']} of {row['seller_id']}, {row['period']}"
