"""What a tick has done so far: its counts, and what the operator has to know."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from smartinst.operations import deliveries, run_history
from smartinst.settings import Settings

COUNTS: Final = ("due", "sent", "queued", "held", "refused", "in_doubt", "failed")


@dataclass
class Tick:
    """What a tick did: its counts, and what the operator has to know (never a seller)."""

    now: datetime
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    @property
    def is_well(self) -> bool:
        """Whether everything due is sent or queued, and nothing of ours is wrong."""
        return not self.problems

    def document(self) -> dict[str, Any]:
        """As `schedule tick --json` prints it (DESIGN §6)."""
        now = self.now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        return {"now": now, **{name: self.counts[name] for name in COUNTS}}


def name_of(row: Mapping[str, Any]) -> str:
    """A run or a delivery, as the operator reads it."""
    return f"{row['report']} of {row['seller_id']}, {row['period']}"


def tell_operator(done: Tick, settings: Settings) -> None:
    """Sends the problems of a tick to [mail] operator, where one is set; they stand in the ledger all the same."""
    if not done.problems or not settings.mail.operator:
        return
    from email.message import EmailMessage

    from smartinst.operations.folder import outlet
    from smartinst.operations.smtp import Sent

    message = EmailMessage()
    message["From"], message["To"] = settings.mail.sender, settings.mail.operator
    message["Subject"] = f"smartinst: {len(done.problems)} problems at {run_history.text_of(done.now)}"
    message["Message-ID"] = deliveries.new_message_id(settings.mail.sender)
    message.set_content("\n".join(done.problems) + "\n\nsmartinst deliveries list, smartinst runs list\n")
    with outlet(settings) as line:
        answer = line.send(message, settings.mail.operator)
    if not isinstance(answer, Sent):
        logging.getLogger(__name__).warning("the operator could not be told: %s", answer.reason)
