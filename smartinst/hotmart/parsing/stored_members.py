"""The members of a webhook envelope that the inbox stores (docs/privacy.md).

Purchases and cancellations    the members that the parsers read, and no other
Ignored events                 none of `data`
Other events                   all of `data` except members with private names; of these, what the
                               parsers read if the event contains a purchase
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from smartinst.hotmart.items.event_names import (
    CANCELLATION_EVENT,
    IGNORED_EVENTS,
    PURCHASE_EVENTS,
)
from smartinst.hotmart.items.webhook_events import has_attempt, parse_event_name
from smartinst.hotmart.parsing.document_kinds import ENVELOPE_MEMBERS
from smartinst.hotmart.values.fields import NumberText
from smartinst.hotmart.values.outcome import InvalidItemError, Item
from smartinst.hotmart.values.redaction import PLACEHOLDER, has_payment_code, is_private

PERSONAL_MEMBERS: Final = (
    "buyer.name buyer.email buyer.phone buyer.checkout_phone buyer.checkout_phone_code "
    "buyer.address.country buyer.address.country_iso "
    "purchase.checkout_country.iso purchase.checkout_country.name "
    "subscriber.name subscriber.email subscriber.phone subscriber.phone.dddPhone "
    "subscriber.phone.phone subscriber.phone.dddCell subscriber.phone.cell"
).split()
"""Members of `data` about a person; docs/privacy.md lists them with their purposes."""

_PRICE_MEMBERS: Final = "value total_value currency_value currency_code currency".split()
_OTHER_MEMBERS: Final = (
    "product.id product.name product.warranty_date "
    "commissions.source commissions.value commissions.currency_value commissions.currency_code "
    "commissions.currency "
    "purchase.transaction purchase.status purchase.recurrence_number purchase.order_date "
    "purchase.approved_date purchase.date_next_charge purchase.offer.code "
    "purchase.offer.payment_mode purchase.currency_value purchase.currency_code purchase.currency "
    "purchase.payment.type purchase.payment.installments_number "
    "purchase.payment.pix_expiration_date purchase.payment.billet_expiration_date "
    "purchase.payment.refusal_reason purchase.payment.refund_chargeback_date "
    "subscription.id subscription.status subscription.subscriber.code subscription.subscriber_code "
    "subscription.date_next_charge subscription.plan.id subscription.plan.name "
    "subscriber.code cancellation_date date_next_charge"
).split()
_PRICES: Final = [
    f"purchase.{price}{member}"
    for price in ("price", "full_price", "original_offer_price", "total")
    for member in ("", *(f".{name}" for name in _PRICE_MEMBERS))
]

Members = Mapping[str, "Members"]
"""The stored members of an object; "" among them means that a scalar is stored as it is."""


def member_tree(paths: list[str]) -> Members:
    """Stored members from dotted paths."""
    tree: dict[str, Any] = {}
    for path in paths:
        branch = tree
        for name in path.split("."):
            branch = branch.setdefault(name, {})
        branch[""] = {}
    return tree


DATA_MEMBERS: Final = member_tree([*PERSONAL_MEMBERS, *_OTHER_MEMBERS, *_PRICES])
_NO_MEMBERS: Final[Members] = {}


def stored_envelope(envelope: Item) -> Item:
    """The part of an envelope that is stored; it has the same outcome as the whole."""
    if "event" not in envelope:
        redacted: Item = _without_private(envelope, _NO_MEMBERS)
        return redacted
    outer_members: Item = {name: envelope[name] for name in ENVELOPE_MEMBERS if name in envelope}
    members, data = _data_members(envelope), envelope.get("data")
    if members is not None:
        return outer_members | {"data": select(data, members)}
    needed = DATA_MEMBERS if has_attempt(data) else _NO_MEMBERS
    return outer_members | {"data": _without_private(data, needed)}


def _data_members(envelope: Item) -> Members | None:
    """The members of `data` that are stored; None for an event that is stored as it is."""
    try:
        name = parse_event_name(envelope)
    except InvalidItemError:
        return _NO_MEMBERS
    if name in IGNORED_EVENTS:
        return _NO_MEMBERS
    return DATA_MEMBERS if name in PURCHASE_EVENTS or name == CANCELLATION_EVENT else None


def select(value: object, members: Members) -> Any:
    """A value reduced to its stored members.

    A value of an unexpected type becomes a placeholder of that type, so that it is refused for the
    same reason.
    """
    if isinstance(value, dict):
        selected = {
            name: select(member, members[name]) for name, member in value.items() if name in members
        }
        return selected if selected or not value else {PLACEHOLDER: None}
    if isinstance(value, list):
        return [select(element, members) for element in value]
    if value is None or isinstance(value, bool) or "" in members:
        return _without_payment_code(value)
    return PLACEHOLDER if isinstance(value, str) and not isinstance(value, NumberText) else 0


def _without_private(value: object, members: Members) -> Any:
    """A value without payment codes and, at any depth, without private members except `members`."""
    if isinstance(value, dict):
        return {
            name: select(member, members[name])
            if is_private(name)
            else _without_private(member, members.get(name, _NO_MEMBERS))
            for name, member in value.items()
            if name in members or not is_private(name)
        }
    if isinstance(value, list):
        return [_without_private(element, _NO_MEMBERS) for element in value]
    return _without_payment_code(value)


def _without_payment_code(value: object) -> object:
    is_text = isinstance(value, str) and not isinstance(value, NumberText)
    return PLACEHOLDER if is_text and has_payment_code(str(value)) else value
