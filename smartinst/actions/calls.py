"""Calls to the platform, as the log records them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

NEGOTIATION_LASTS: Final = timedelta(days=7)
"""How long a buyer can pay a negotiation; until then its charges are not negotiated again."""


@dataclass(frozen=True)
class Call:
    """One call to the platform: its purpose and its amount in minor units of `currency`."""

    call_id: str
    seller_id: str
    plan_id: str
    kind: str
    target: str
    transaction: str | None
    installment: int | None
    amount_minor: int | None
    currency: str | None

    @property
    def numbers(self) -> set[int]:
        """The charges of a negotiation; empty for any other call."""
        return negotiated_charges(self.kind, self.target)


def negotiated_charges(kind: str, target: str) -> set[int]:
    """The charges that the target of a negotiation names; empty for any other call."""
    if kind != "reprocess":
        return set()
    return {int(number) for number in target.partition(":")[2].split(",") if number}


@dataclass(frozen=True)
class CallRecord:
    """The newest call for a target: its state, when that last changed, and on which machine.

    `sent_at`: when each unsettled call for the target was sent, oldest first. Any of them may have
    taken effect.
    """

    call: Call
    state: str
    changed_at: datetime
    requested_at: datetime
    sent_at: tuple[datetime, ...]
    owner: str

    @property
    def is_open(self) -> bool:
        """Whether the outcome is unknown."""
        return self.state in ("sending", "in_doubt")

    def has_lapsed(self, now: datetime) -> bool:
        """Whether it is a negotiation that expired unpaid: its charges can be negotiated again."""
        return (
            self.call.kind == "reprocess"
            and self.state == "done"
            and now - self.changed_at >= NEGOTIATION_LASTS
        )
