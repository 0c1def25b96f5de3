"""Recognition of the platform's documents by their members."""

from __future__ import annotations

from collections.abc import Container
from typing import Final
from urllib.parse import parse_qsl

from smartinst.hotmart.values.outcome import Item

ENVELOPE_MEMBERS: Final = ("id", "creation_date", "creationDate", "event", "version", "data")
"""The members of a webhook envelope; test events of the platform spell one `creationDate`."""

VERSION_1_REFUSAL: Final = "webhook 1.0.0 is not read: choose version 2.0.0 in Tools > Webhook"

VERSION_1_MEMBERS: Final = (
    "hottok",
    "callback_type",
    "prod",
    "prod_name",
    "cms_vendor",
    "confirmation_purchase_date",
)
"""Members of a webhook 1.0.0 that no other document has at its top level."""

MAX_FORM_FIELDS: Final = 1_000

_IGNORED_DOCUMENTS: Final = (
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


def is_envelope(item: Item) -> bool:
    """Whether an object is a webhook envelope, complete or not."""
    return "event" in item and ("data" in item or "version" in item)


def is_page(item: Item) -> bool:
    """Whether an object is a page of the API, or a document with a broken list of items."""
    return "items" in item and "event" not in item


def is_purchase(item: Item) -> bool:
    """Whether an object is an item of subscriptions/transactions or sales/history."""
    return "purchase" in item and "event" not in item


def is_version_1(members: Container[str]) -> bool:
    """Whether these are the names of a webhook 1.0.0: a flat object or form."""
    return "event" not in members and any(name in members for name in VERSION_1_MEMBERS)


def ignored_document_name(item: Item) -> str | None:
    """The name of a known document that has no attempts of plans; None for any other document."""
    if not item:
        return "an empty reply"
    return next((name for members, name in _IGNORED_DOCUMENTS if members <= item.keys()), None)


def is_version_1_form(text: str) -> bool:
    """Whether a text is one webhook 1.0.0 as the platform sends it: a urlencoded form."""
    return is_version_1({name for name, _ in read_form(text.strip())})


def read_form(text: str) -> list[tuple[str, str]]:
    """Names and values of a urlencoded form, in order; empty if the text is something else."""
    if "=" not in text or any(space in text for space in " \t\r\n"):
        return []
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FORM_FIELDS)
    except ValueError:
        return []
