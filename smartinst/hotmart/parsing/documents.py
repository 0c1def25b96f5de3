"""What a JSON document is, told by its content and never by its name, and the outcome of each of its items.

webhook envelope, page {items, page_info}, list of either, recorded {metadata, response: {body}}
    -> items -> accepted with statements | ignored with a reason | refused with a reason
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from smartinst.hotmart.parsing import fields as f
from smartinst.hotmart.parsing import sales, transactions, webhook_events
from smartinst.hotmart.parsing.outcome import InvalidItemError, Item, ItemOutcome, Statements
from smartinst.hotmart.parsing.redaction import excerpt

NOT_RECOGNISED: Final = "not recognised"

_FOREIGN: Final = (
    ({"access_token", "token_type"}, "an authentication token"),
    ({"error", "error_description"}, "an error reply"),
    ({"success_subscriptions"}, "a reply to a cancellation or reactivation"),
    ({"fail_subscriptions"}, "a reply to a cancellation or reactivation"),
    ({"subscriber_code", "shopper"}, "a reply to a cancellation or reactivation"),
    ({"subscriber_code", "last_recurrency"}, "a subscription's summary"),
    ({"subscriber_code", "lifetime"}, "a subscription's summary"),
    ({"subscriber_code", "accession_date"}, "a subscription without its transactions"),
    ({"transaction", "payment_engine"}, "a subscriber's purchase without its plan"),
    ({"transaction", "recurrency_number"}, "a subscriber's purchase without its plan"),
    ({"transaction", "commissions"}, "a sale's commissions"),
    ({"transaction", "base", "total"}, "a sale's price details"),
    ({"subscription_id", "transaction", "payment"}, "a reply to a negotiation"),
    ({"total_items", "total_value"}, "a summary of sales"),
    ({"id", "ucode", "format"}, "a product"),
    ({"code", "payment_mode", "price"}, "an offer or a plan of a product"),
)
"""Members that tell a document of the platform that is no attempt of a plan, and what it is."""

_FIRST_VERSION: Final = (
    "hottok",
    "callback_type",
    "prod_name",
    "cms_vendor",
    "confirmation_purchase_date",
)


def parse_document(document: object, seller_id: str, position: str = "") -> Iterator[ItemOutcome]:
    """The outcome of every item of one JSON document; an empty page or list has none."""
    document, position = _unwrapped(document), position
    if type(document) is list:
        yield from _listed(document, seller_id, position)
    elif type(document) is dict and "items" in document and "event" not in document:
        yield from _page(document, seller_id, position)
    else:
        yield parse_item(document, seller_id, position or "item 1")


def parse_item(item: object, seller_id: str, position: str) -> ItemOutcome:
    """The outcome of one webhook envelope or one item of a page; never raises for what the item holds."""
    try:
        return _outcome(item, seller_id, position)
    except InvalidItemError as refusal:
        return ItemOutcome(position, refusal_reason=str(refusal), excerpt=excerpt(item))


def _unwrapped(document: object) -> object:
    """The body of a recorded response; anything else as it is."""
    if type(document) is dict and "response" in document and "metadata" in document:
        response = document["response"]
        return response["body"] if type(response) is dict and "body" in response else document
    return document


def _page(page: Item, seller_id: str, position: str) -> Iterator[ItemOutcome]:
    items = page["items"]
    if type(items) is list:
        yield from _listed(items, seller_id, position)
    else:
        yield ItemOutcome(
            position or "item 1", refusal_reason="items: expected a list", excerpt=excerpt(page)
        )


def _listed(items: list[object], seller_id: str, position: str) -> Iterator[ItemOutcome]:
    before = f"{position}, " if position else ""
    for at, item in enumerate(items, start=1):
        here = f"{before}item {at}"
        if (
            not position.count("item")
            and type(item) is dict
            and type(item.get("items")) is list
            and "event" not in item
        ):
            yield from _page(item, seller_id, here)
        else:
            yield parse_item(item, seller_id, here)


def _outcome(item: object, seller_id: str, position: str) -> ItemOutcome:
    if type(item) is not dict:
        raise InvalidItemError(f"{NOT_RECOGNISED}: expected an object")
    f.check_depth(item)
    if "purchase" in item and "event" not in item:
        return _sale(item, seller_id, position)
    if "event" in item and ("data" in item or "version" in item):
        return _event(item, seller_id, position)
    if "users" in item:
        return _people(item, seller_id, position)
    return ItemOutcome(position, ignore_reason=_foreign(item))


def _sale(item: Item, seller_id: str, position: str) -> ItemOutcome:
    if item.keys() & {"recurrency", "subscription_id", "billing_type", "subscriber_code"}:
        kind = transactions.billing_type(item)
        if kind == "SUBSCRIPTION":
            return ItemOutcome(position, ignore_reason="billing type SUBSCRIPTION")
        return _accepted(transactions.statements, item, seller_id, position)
    mode = sales.payment_mode(item)
    if mode not in sales.PAYMENT_MODES:
        return ItemOutcome(position, ignore_reason=f"payment mode {mode or 'not said'}")
    return _accepted(sales.history, item, seller_id, position)


def _event(envelope: Item, seller_id: str, position: str) -> ItemOutcome:
    name = webhook_events.event_name(envelope)
    if name in webhook_events.IGNORED:
        return ItemOutcome(position, ignore_reason=f"event {name}")
    return _accepted(webhook_events.statements, envelope, seller_id, position)


def _people(item: Item, seller_id: str, position: str) -> ItemOutcome:
    told = _accepted(sales.users, item, seller_id, position)
    empty = told.statements is not None and not told.statements.attempts
    return ItemOutcome(position, ignore_reason="sale without a buyer") if empty else told


def _accepted(
    reader: Callable[[Item, str], Statements], item: Item, seller_id: str, position: str
) -> ItemOutcome:
    return ItemOutcome(position, statements=reader(item, seller_id))


def _foreign(item: Item) -> str:
    """What a document that is no plan of ours is; InvalidItemError for one that the platform is not known to send."""
    if not item:
        return "an empty reply"
    for members, name in _FOREIGN:
        if members <= item.keys():
            return name
    if any(member in item for member in _FIRST_VERSION):
        raise InvalidItemError("webhook 1.0.0 is not read: choose version 2.0.0 in Tools > Webhook")
    raise InvalidItemError(NOT_RECOGNISED)
