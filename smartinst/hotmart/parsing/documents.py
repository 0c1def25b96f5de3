"""Parser of JSON documents, recognised by their content: the outcome of each of their items.

webhook envelope, page {items, page_info}, list of either, recorded {metadata, response: {body}}
    -> items -> accepted with statements | ignored with a reason | refused with a reason
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from smartinst.hotmart.parsing import sales, transactions, webhook_events
from smartinst.hotmart.parsing.fields import NOT_RECOGNISED, check_depth
from smartinst.hotmart.parsing.outcome import InvalidItemError, Item, ItemOutcome, Statements
from smartinst.hotmart.parsing.redaction import item_excerpt

_DOCUMENTS_WITHOUT_PLANS: Final = (
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
"""Members that identify a document without attempts of plans, and a name for the document."""

_VERSION_1_MEMBERS: Final = (
    "hottok",
    "callback_type",
    "prod_name",
    "cms_vendor",
    "confirmation_purchase_date",
)


def parse_document(document: object, seller_id: str, position: str = "") -> Iterator[ItemOutcome]:
    """The outcome of every item of one JSON document; an empty page or list has none."""
    document = _unwrap_recording(document)
    if type(document) is list:
        yield from _parse_list(document, seller_id, position)
    elif type(document) is dict and "items" in document and "event" not in document:
        yield from _parse_page(document, seller_id, position)
    else:
        yield parse_item(document, seller_id, position or "item 1")


def parse_item(item: object, seller_id: str, position: str) -> ItemOutcome:
    """The outcome of one webhook envelope or one item of a page; never raises for its content."""
    try:
        result = _parse_item(item, seller_id)
    except InvalidItemError as error:
        return ItemOutcome(position, refusal_reason=str(error), excerpt=item_excerpt(item))
    if isinstance(result, str):
        return ItemOutcome(position, ignore_reason=result)
    return ItemOutcome(position, statements=result)


def _unwrap_recording(document: object) -> object:
    """The body of a recorded response; any other document unchanged."""
    if type(document) is dict and "response" in document and "metadata" in document:
        response = document["response"]
        return response["body"] if type(response) is dict and "body" in response else document
    return document


def _parse_page(page: Item, seller_id: str, position: str) -> Iterator[ItemOutcome]:
    items = page["items"]
    if type(items) is list:
        yield from _parse_list(items, seller_id, position)
    else:
        reason = "items: expected a list"
        yield ItemOutcome(position or "item 1", refusal_reason=reason, excerpt=item_excerpt(page))


def _parse_list(items: list[object], seller_id: str, position: str) -> Iterator[ItemOutcome]:
    """The outcome of every item of a list, and of the pages in a list at the top level."""
    prefix = f"{position}, " if position else ""
    for number, item in enumerate(items, start=1):
        item_position = f"{prefix}item {number}"
        if (
            "item" not in position
            and type(item) is dict
            and type(item.get("items")) is list
            and "event" not in item
        ):
            yield from _parse_page(item, seller_id, item_position)
        else:
            yield parse_item(item, seller_id, item_position)


def _parse_item(item: object, seller_id: str) -> Statements | str:
    """The statements of an item, or the reason for ignoring it."""
    if type(item) is not dict:
        raise InvalidItemError(f"{NOT_RECOGNISED}: expected an object")
    check_depth(item)
    if "purchase" in item and "event" not in item:
        return _parse_purchase(item, seller_id)
    if "event" in item and ("data" in item or "version" in item):
        return webhook_events.parse_event(item, seller_id)
    if "users" in item:
        statements = sales.parse_sale_users(item, seller_id)
        return statements if statements.attempts else "sale without a buyer"
    return _document_name(item)


def _parse_purchase(item: Item, seller_id: str) -> Statements | str:
    if item.keys() & {"recurrency", "subscription_id", "billing_type", "subscriber_code"}:
        if transactions.parse_billing_type(item) == "SUBSCRIPTION":
            return "billing type SUBSCRIPTION"
        return transactions.parse_transaction(item, seller_id)
    mode = sales.parse_payment_mode(item)
    if mode not in sales.PAYMENT_MODES:
        return f"payment mode {mode or 'not said'}"
    return sales.parse_sale(item, seller_id)


def _document_name(item: Item) -> str:
    """The name of a known document without plans; InvalidItemError for an unknown document."""
    if not item:
        return "an empty reply"
    for members, name in _DOCUMENTS_WITHOUT_PLANS:
        if members <= item.keys():
            return name
    if any(member in item for member in _VERSION_1_MEMBERS):
        raise InvalidItemError("webhook 1.0.0 is not read: choose version 2.0.0 in Tools > Webhook")
    raise InvalidItemError(NOT_RECOGNISED)
