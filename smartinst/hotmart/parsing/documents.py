"""Parser of JSON documents, recognised by their content: the outcome of each of their items.

webhook envelope, page {items, page_info}, list of either, any of them in a wrapper
    -> items -> accepted with statements | ignored with a reason | refused with a reason
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from smartinst.hotmart.items import sales, transactions, webhook_events
from smartinst.hotmart.parsing.document_kinds import (
    VERSION_1_REFUSAL,
    ignored_document_name,
    is_envelope,
    is_page,
    is_purchase,
    is_version_1,
)
from smartinst.hotmart.parsing.wrappers import UnreadablePayload, unwrap
from smartinst.hotmart.values.fields import NOT_RECOGNISED, check_depth
from smartinst.hotmart.values.outcome import InvalidItemError, Item, ItemOutcome, Statements
from smartinst.hotmart.values.redaction import item_excerpt

MAX_LISTS: Final = 4
"""Lists and pages inside lists that are read; a deeper one is refused."""


def parse_document(document: object, seller_id: str, position: str = "") -> Iterator[ItemOutcome]:
    """The outcome of every item of one JSON document; an empty page or list has none."""
    document = unwrap(document)
    if type(document) is list:
        yield from _parse_list(document, seller_id, position, 1)
    else:
        yield from _parse_unwrapped(document, seller_id, position, 0)


def parse_element(element: object, seller_id: str, position: str) -> Iterator[ItemOutcome]:
    """The outcome of every item in one element of a page or list."""
    yield from _parse_element(element, seller_id, position, 1)


def parse_item(item: object, seller_id: str, position: str) -> ItemOutcome:
    """The outcome of one webhook envelope or one item of a page; never raises for its content."""
    if isinstance(item, UnreadablePayload):
        return ItemOutcome(position, refusal_reason=item.reason, excerpt=item.excerpt)
    try:
        result = _parse_item(item, seller_id)
    except InvalidItemError as error:
        return ItemOutcome(position, refusal_reason=str(error), excerpt=item_excerpt(item))
    if isinstance(result, str):
        return ItemOutcome(position, ignore_reason=result)
    return ItemOutcome(position, statements=result)


def _parse_list(
    elements: list[object], seller_id: str, position: str, level: int
) -> Iterator[ItemOutcome]:
    prefix = f"{position}, " if position else ""
    for number, element in enumerate(elements, start=1):
        yield from _parse_element(element, seller_id, f"{prefix}item {number}", level)


def _parse_element(
    element: object, seller_id: str, position: str, level: int
) -> Iterator[ItemOutcome]:
    """The outcomes of an element: an item, a page, or a wrapper of one or of several documents."""
    unwrapped = unwrap(element)
    if type(unwrapped) is list and unwrapped is not element and level < MAX_LISTS:
        yield from _parse_list(unwrapped, seller_id, position, level + 1)
    else:
        yield from _parse_unwrapped(unwrapped, seller_id, position, level)


def _parse_unwrapped(
    document: object, seller_id: str, position: str, level: int
) -> Iterator[ItemOutcome]:
    """The outcomes of a page or of one item."""
    if type(document) is not dict or not is_page(document) or level >= MAX_LISTS:
        yield parse_item(document, seller_id, position or "item 1")
    elif type(document["items"]) is list:
        yield from _parse_list(document["items"], seller_id, position, level + 1)
    else:
        yield ItemOutcome(
            position or "item 1",
            refusal_reason="items: expected a list",
            excerpt=item_excerpt(document),
        )


def _parse_item(item: object, seller_id: str) -> Statements | str:
    """The statements of an item, or the reason for ignoring it."""
    if type(item) is not dict:
        raise InvalidItemError(f"{NOT_RECOGNISED}: expected an object")
    check_depth(item)
    if is_purchase(item):
        return _parse_purchase(item, seller_id)
    if is_envelope(item):
        return webhook_events.parse_event(item, seller_id)
    if "users" in item:
        statements = sales.parse_sale_users(item, seller_id)
        return statements if statements.attempts else "sale without a buyer"
    if (name := ignored_document_name(item)) is not None:
        return name
    raise InvalidItemError(VERSION_1_REFUSAL if is_version_1(item) else NOT_RECOGNISED)


def _parse_purchase(item: Item, seller_id: str) -> Statements | str:
    if item.keys() & {"recurrency", "subscription_id", "billing_type", "subscriber_code"}:
        if transactions.parse_billing_type(item) == "SUBSCRIPTION":
            return "billing type SUBSCRIPTION"
        return transactions.parse_transaction(item, seller_id)
    mode = sales.parse_payment_mode(item)
    if mode not in sales.SALE_BILLING_TYPES:
        return f"payment mode {mode or 'missing'}"
    return sales.parse_sale(item, seller_id)
