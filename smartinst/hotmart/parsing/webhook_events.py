"""Parser of webhook 2.0.0 envelopes `{id, creation_date, event, version, data}`.

A purchase event contains one attempt, and its plan if it has a subscriber code; never a plan id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from smartinst.hotmart.parsing import vocabulary
from smartinst.hotmart.parsing.countries import country_code
from smartinst.hotmart.parsing.fields import (
    MAX_CHARGES,
    MAX_TEXT,
    amount_columns,
    read_identifier,
    read_instant,
    read_integer,
    read_object,
    read_text,
    read_word,
    require,
)
from smartinst.hotmart.parsing.outcome import InvalidItemError, Item, Row, Statements
from smartinst.hotmart.parsing.phones import format_phone, phone_text
from smartinst.hotmart.parsing.prices import Price, producer_nets, read_price
from smartinst.hotmart.parsing.redaction import redact
from smartinst.money import Amount

PURCHASE_EVENTS: Final = frozenset(
    "PURCHASE_APPROVED PURCHASE_COMPLETE PURCHASE_CANCELED PURCHASE_BILLET_PRINTED "
    "PURCHASE_PROTEST PURCHASE_REFUNDED PURCHASE_CHARGEBACK PURCHASE_EXPIRED "
    "PURCHASE_DELAYED".split()
)
IGNORED_EVENTS: Final = ("PURCHASE_OUT_OF_SHOPPING_CART", "ORDER_FULFILLMENT")
"""Events without a plan or its buyer."""

CANCELLATION_EVENT: Final = "SUBSCRIPTION_CANCELLATION"
_DETAIL_EXCLUDES: Final = ("user", "buyer", "subscriber", "product", "module", "producer")


def parse_event_name(envelope: Item) -> str:
    """The event in upper case; InvalidItemError unless the version is 2."""
    version = read_text(envelope, "version")
    if version is None or not version.startswith("2."):
        raise InvalidItemError(
            "version: expected webhook 2.0.0; choose it in Tools > Webhook (1.0.0 is not read)"
        )
    return require(read_word(envelope, "event"), "event")


def parse_event(envelope: Item, seller_id: str) -> Statements | str:
    """The statements in an event, or the reason for ignoring it.

    An event with an unknown name is stored unchanged.
    """
    name = parse_event_name(envelope)
    if name in IGNORED_EVENTS:
        return f"event {name}"
    if type(envelope.get("data")) is not dict:
        raise InvalidItemError("data: expected an object")
    if name in PURCHASE_EVENTS:
        return _parse_purchase(envelope, seller_id)
    if name == CANCELLATION_EVENT:
        return Statements(plans=(_cancellation_row(envelope, seller_id),))
    return Statements(events=(_event_row(envelope, name, seller_id),))


def event_created_at(envelope: Item) -> datetime:
    """Creation of the event; in CLUB test events of the platform, the key is `creationDate`."""
    created_at = read_instant(envelope, "creation_date") or read_instant(envelope, "creationDate")
    return require(created_at, "creation_date")


# --- purchases ------------------------------------------------------------------------------------


def _parse_purchase(envelope: Item, seller_id: str) -> Statements:
    data, observed_at = envelope["data"], event_created_at(envelope)
    code = _subscriber_code(data)
    shared_columns: Row = {
        "seller_id": seller_id,
        "source": "webhook",
        "observed_at": observed_at,
        "subscriber_code": code,
        **_product_columns(data),
        **_buyer_columns(data),
    }
    price = read_price(read_object(data, "purchase", "data."), "data.purchase.")
    attempt = {**shared_columns, **_attempt_columns(data, price)}
    nets = producer_nets(data.get("commissions"), price.currency)
    attempts = tuple({**attempt, **net} for net in _net_rows(nets, attempt))
    return Statements(plans=(_plan_row(data, shared_columns),) if code else (), attempts=attempts)


def _subscriber_code(data: Item) -> str | None:
    subscription = read_object(data, "subscription", "data.")
    subscriber = read_object(subscription, "subscriber", "data.subscription.")
    return read_identifier(subscriber, "code", "data.subscription.subscriber.")


def _plan_row(data: Item, shared_columns: Row) -> Row:
    status = read_text(read_object(data, "subscription"), "status", "data.subscription.")
    purchase = read_object(data, "purchase")
    return {
        **shared_columns,
        "plan_key": f"code:{shared_columns['subscriber_code']}",
        "platform_status": vocabulary.normalize_plan_status(status),
        "next_charge_at": read_instant(purchase, "date_next_charge", "data.purchase."),
    }


def _product_columns(data: Item) -> Row:
    product = read_object(data, "product", "data.")
    offer = read_object(read_object(data, "purchase"), "offer")
    return {
        "product_id": read_identifier(product, "id", "data.product."),
        "product": read_text(product, "name", "data.product."),
        "offer_code": read_identifier(offer, "code", "data.purchase.offer."),
    }


def _buyer_columns(data: Item) -> Row:
    buyer, path = read_object(data, "buyer", "data."), "data.buyer."
    country = _buyer_country(data, buyer)
    return {
        "buyer": read_text(buyer, "name", path),
        "email": read_text(buyer, "email", path),
        "phone": format_phone(
            phone_text(buyer.get("checkout_phone_code")),
            phone_text(buyer.get("checkout_phone")),
            country,
        ),
        "country": country,
    }


def _buyer_country(data: Item, buyer: Item) -> str | None:
    """The country of the checkout, else of the buyer's address."""
    checkout = read_object(read_object(data, "purchase"), "checkout_country", "data.purchase.")
    address, path = read_object(buyer, "address", "data.buyer."), "data.buyer.address."
    country = country_code(
        read_text(checkout, "iso", "data.purchase.checkout_country."),
        read_text(checkout, "name", "data.purchase.checkout_country."),
    )
    return country or country_code(
        read_text(address, "country_iso", path), read_text(address, "country", path)
    )


def _attempt_columns(data: Item, price: Price) -> Row:
    purchase, path = read_object(data, "purchase", "data."), "data.purchase."
    payment = read_object(purchase, "payment", path)
    status = vocabulary.status_or_word(read_word(purchase, "status", path))
    status = require(status, f"{path}status")
    return {
        "transaction": require(
            read_identifier(purchase, "transaction", path), f"{path}transaction"
        ),
        "state": vocabulary.attempt_state(status),
        "status": status,
        "number": read_integer(purchase, "recurrence_number", path, 1, MAX_CHARGES),
        "ordered_at": read_instant(purchase, "order_date", path),
        "approved_at": read_instant(purchase, "approved_date", path),
        "expires_at": read_instant(payment, "pix_expiration_date", f"{path}payment."),
        "payment_type": read_word(payment, "type", f"{path}payment."),
        "refusal": read_text(payment, "refusal_reason", f"{path}payment."),
        "currency": price.currency,
        **amount_columns(amount_minor=price.amount, total_minor=price.total),
        "guarantee_ends_at": read_instant(
            read_object(data, "product"), "warranty_date", "data.product."
        ),
    }


def _net_rows(nets: Mapping[str, Amount | None], attempt: Row) -> list[Row]:
    """One row per currency of the producer's commission; if none, one with the currency ""."""
    rows = [_net_row(currency, net, attempt) for currency, net in nets.items()]
    return rows or [{"commission_currency": ""}]


def _net_row(currency: str, net: Amount | None, attempt: Row) -> Row:
    columns = amount_columns(
        expected_minor=net, paid_minor=net if attempt["state"] == "paid" else None
    )
    is_rounded = columns["is_rounded"] or attempt["is_rounded"]
    return {"commission_currency": currency, **columns, "is_rounded": is_rounded}


# --- other events ---------------------------------------------------------------------------------


def _cancellation_row(envelope: Item, seller_id: str) -> Row:
    data = envelope["data"]
    subscriber = read_object(data, "subscriber", "data.")
    product = read_object(data, "product", "data.")
    plan_id = read_identifier(
        read_object(data, "subscription", "data."), "id", "data.subscription."
    )
    code = read_identifier(subscriber, "code", "data.subscriber.")
    if plan_id is None and code is None:
        raise InvalidItemError("data.subscription.id: missing")
    canceled_at = read_instant(data, "cancellation_date", "data.")
    return {
        "seller_id": seller_id,
        "plan_key": plan_id or f"code:{code}",
        "source": "cancellation",
        "observed_at": event_created_at(envelope),
        "plan_id": plan_id,
        "subscriber_code": code,
        "product_id": read_identifier(product, "id", "data.product."),
        "product": read_text(product, "name", "data.product."),
        "buyer": read_text(subscriber, "name", "data.subscriber."),
        "email": read_text(subscriber, "email", "data.subscriber."),
        "phone": _subscriber_phone(subscriber),
        "canceled_at": canceled_at or event_created_at(envelope),
    }


def _subscriber_phone(subscriber: Item) -> str | None:
    """The cell phone, else the other phone; in this event, `phone` is an object."""
    phone = subscriber.get("phone")
    if type(phone) is not dict:
        return format_phone(None, phone_text(phone))
    numbers = (
        format_phone(phone_text(phone.get(area)), phone_text(phone.get(number)))
        for area, number in (("dddCell", "cell"), ("dddPhone", "phone"))
    )
    return next(filter(None, numbers), None)


def _event_row(envelope: Item, name: str, seller_id: str) -> Row:
    data = envelope["data"]
    subscription = _optional_object(data, "subscription")
    user = (
        _optional_object(data, "user")
        or _optional_object(subscription, "user")
        or _optional_object(data, "subscriber")
        or _optional_object(data, "buyer")
    )
    product = _optional_object(data, "product") or _optional_object(subscription, "product")
    code = read_identifier(
        subscription, "subscriber_code", "data.subscription."
    ) or read_identifier(_optional_object(data, "subscriber"), "code", "data.subscriber.")
    return {
        "seller_id": seller_id,
        "event_id": require(read_identifier(envelope, "id"), "id"),
        "event": name,
        "occurred_at": event_created_at(envelope),
        "subscriber_code": code,
        "email": read_text(user, "email", "data.user."),
        "product_id": read_identifier(product, "id", "data.product."),
        "module": read_text(_optional_object(data, "module"), "name", "data.module."),
        "detail": _detail(data),
    }


def _optional_object(parent: Item, key: str) -> Item:
    """An object inside an object; empty for anything else, since these events have no amounts."""
    value = parent.get(key)
    return value if type(value) is dict else {}


def _detail(data: Item) -> str | None:
    """The other members as JSON without private data; None if empty or too long."""
    members = {name: value for name, value in data.items() if name not in _DETAIL_EXCLUDES}
    detail = json.dumps(redact(members), ensure_ascii=True, sort_keys=True, default=str)
    return detail if members and len(detail) <= MAX_TEXT else None
