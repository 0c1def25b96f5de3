"""Proposals: the calls and amounts of an action on a plan, or the reason why there is none."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, Literal

from smartinst.actions.calls import Call
from smartinst.actions.effects import LookupKey
from smartinst.i18n.locales import N_, Locale
from smartinst.settings import Seller

ActionKind = Literal["whatsapp", "reprocess", "cancel", "refund"]
KIND_LABELS: Final[Mapping[ActionKind, str]] = {
    "whatsapp": N_("whatsapp"),
    "reprocess": N_("reprocess"),
    "cancel": N_("cancel"),
    "refund": N_("refund"),
}
"""The label of an action in the description of its calls."""


@dataclass(frozen=True)
class PlannedCall:
    """One call to the platform: method, path below /payments/api/v1, body, amount (minor units).

    `lookup`: the key by which its effect is searched on the platform.
    """

    kind: ActionKind
    target: str
    method: str
    path: str
    body: dict[str, Any] | None
    transaction: str | None
    installment: int | None
    amount_minor: int | None
    currency: str | None
    lookup: LookupKey

    def describe(self, locale: Locale) -> str:
        """The call as a line of text: action, transaction, amount, method, path and body."""
        amount = (
            locale.money(self.amount_minor, self.currency or "")
            if self.amount_minor is not None
            else ""
        )
        number = (
            locale.gettext("installment {number}", number=self.installment)
            if self.installment
            else ""
        )
        parts = [locale.gettext(KIND_LABELS[self.kind]), self.transaction or "", number, amount]
        request = f"{self.method} {self.path}", json.dumps(self.body) if self.body else ""
        return "  ".join(part for part in (*parts, *request) if part)


@dataclass(frozen=True)
class Proposal:
    """The calls of one action on one plan.

    `reason`: why there are none. `instructions`: what the seller can do by hand, line by line.
    `is_held_out`: the buyer gets no message this month, so that the effect of messages is known.
    """

    seller: Seller
    plan_id: str
    kind: ActionKind
    status: str
    calls: tuple[PlannedCall, ...] = ()
    reason: str | None = None
    instructions: tuple[str, ...] = ()
    is_held_out: bool = False
    paid_minor: int = 0
    notes: tuple[str, ...] = field(default=())
    subscriber_code: str | None = None
    purchase_date: date | None = None

    def new_call(self, call: PlannedCall) -> Call:
        """A new call for the log."""
        return Call(
            str(uuid.uuid4()),
            self.seller.id,
            self.plan_id,
            call.kind,
            call.target,
            call.transaction,
            call.installment,
            call.amount_minor,
            call.currency,
        )
