"""Webhook 2.0.0 envelopes `{id, creation_date, event, version, data}`: what each event tells.

A purchase event is one attempt, and its plan where a subscriber code is given; the plan's number is not in it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from typing import Final

from smartinst.hotmart.parsing import fields as f
from smartinst.hotmart.parsing import vocabulary
from smartinst.hotmart.parsing.contacts import country, phone
from smartinst.hotmart.parsing.outcome import InvalidItemError, Item, Row, Statements
from smartinst.hotmart.parsing.redaction import redact

PURCHASES: Final = frozenset(
    f"PURCHASE_{word}"
    for word in "APPROVED COMPLETE CANCELED BILLET_PRINTED PROTEST REFUNDED CHARGEBACK EXPIRED DELAYED".split()
)
IGNORED: Final = ("PURCHASE_OUT_OF_SHOPPING_CART", "ORDER_FULFILLMENT")
"""Events that tell of no plan and no buyer of one."""

CANCELLATION: Final = "SUBSCRIPTION_CANCELLATION"


def event_name(envelope: Item) -> str:
    """The event in upper case; InvalidItemError for another version than 2."""
    version = f.text(envelope, "version")
    if version is None or not version.startswith("2."):
        raise InvalidItemError(
            "version: expected webhook 2.0.0; choose it in Tools > Webhook (1.0.0 is not read)"
        )
    return f.required(f.word(envelope, "event"), "event")


def statements(envelope: Item, seller_id: str) -> Statements:
    """What an event says; a name never seen before is kept among the events as it is."""
    name = event_name(envelope)
    if type(envelope.get("data")) is not dict:
        raise InvalidItemError("data: expected an object")
    if name in PURCHASES:
        return _purchase_event(envelope, seller_id)
    if name == CANCELLATION:
        return Statements(plans=(_cancellation(envelope, seller_id),))
    return Statements(events=(_other(envelope, name, seller_id),))


def created_at(envelope: Item) -> datetime:
    """When the event was made; CLUB events of the panel's test button spell it `creationDate`."""
    said = f.instant(envelope, "creation_date") or f.instant(envelope, "creationDate")
    return f.required(said, "creation_date")


# --- purchases --------------------------------------------------------------------------------------------------------


def _purchase_event(envelope: Item, seller_id: str) -> Statements:
    data, observed_at = envelope["data"], created_at(envelope)
    code = _subscriber_code(data)
    shared: Row = {
        "seller_id": seller_id,
        "source": "webhook",
        "observed_at": observed_at,
        "subscriber_code": code,
        **_bought(data),
        **_buyer(data),
    }
    attempt = {**shared, **_attempt(data)}
    attempts = tuple(
        {**attempt, **commission} for commission in _commissions(data, str(attempt["state"]))
    )
    return Statements(plans=(_plan(data, shared),) if code else (), attempts=attempts)


def _subscriber_code(data: Item) -> str | None:
    subscription = f.section(data, "subscription", "data.")
    return f.identifier(
        f.section(subscription, "subscriber", "data.subscription."),
        "code",
        "data.subscription.subscriber.",
    )


def _plan(data: Item, shared: Row) -> Row:
    subscription = f.section(data, "subscription")
    return {
        **shared,
        "plan_key": f"code:{shared['subscriber_code']}",
        "platform_status": vocabulary.plan_status(
            f.text(subscription, "status", "data.subscription.")
        ),
        "next_charge_at": f.instant(
            f.section(data, "purchase"), "date_next_charge", "data.purchase."
        ),
    }


def _bought(data: Item) -> Row:
    product, offer = (
        f.section(data, "product", "data."),
        f.section(f.section(data, "purchase"), "offer"),
    )
    return {
        "product_id": f.identifier(product, "id", "data.product."),
        "product": f.text(product, "name", "data.product."),
        "offer_code": f.identifier(offer, "code", "data.purchase.offer."),
    }


def _buyer(data: Item) -> Row:
    buyer, where = f.section(data, "buyer", "data."), "data.buyer."
    home = _country(data, buyer)
    return {
        "buyer": f.text(buyer, "name", where),
        "email": f.text(buyer, "email", where),
        "phone": phone(
            f.identifier(buyer, "checkout_phone_code", where),
            f.identifier(buyer, "checkout_phone", where),
            home,
        ),
        "country": home,
    }


def _country(data: Item, buyer: Item) -> str | None:
    paid_from, where = (
        f.section(f.section(data, "purchase"), "checkout_country", "data.purchase."),
        "data.buyer.address.",
    )
    address = f.section(buyer, "address", "data.buyer.")
    checkout = country(
        f.text(paid_from, "iso", "data.purchase.checkout_country."),
        f.text(paid_from, "name", "data.purchase.checkout_country."),
    )
    return checkout or country(
        f.text(address, "country_iso", where), f.text(address, "country", where)
    )


def _attempt(data: Item) -> Row:
    purchase, where = f.section(data, "purchase", "data."), "data.purchase."
    payment = f.section(purchase, "payment", where)
    price = f.section(purchase, "price", where)
    unit = f.currency(price, "currency_value", f"{where}price.")
    status = f.required(vocabulary.status(f.word(purchase, "status", where)), f"{where}status")
    return {
        "transaction": f.required(
            f.identifier(purchase, "transaction", where), f"{where}transaction"
        ),
        "state": vocabulary.state(status),
        "status": status,
        "number": f.whole(purchase, "recurrence_number", where, 1, f.MAX_CHARGES),
        "ordered_at": f.instant(purchase, "order_date", where),
        "approved_at": f.instant(purchase, "approved_date", where),
        "expires_at": f.instant(payment, "pix_expiration_date", f"{where}payment."),
        "payment_type": f.word(payment, "type", f"{where}payment."),
        "refusal": f.text(payment, "refusal_reason", f"{where}payment."),
        "currency": unit,
        "amount_minor": f.amount(price, "value", f"{where}price.", unit),
        "guarantee_ends_at": f.instant(
            f.section(data, "product"), "warranty_date", "data.product."
        ),
    }


def _commissions(data: Item, state: str) -> list[Row]:
    """One row a currency of the producer's commission; one without a currency where there is none."""
    sums: defaultdict[str, int] = defaultdict(int)
    for at, one in enumerate(f.sequence(data, "commissions", "data.")):
        where = f"data.commissions[{at}]."
        if type(one) is not dict:
            raise InvalidItemError("data.commissions: expected objects")
        if f.word(one, "source", where) == "PRODUCER":
            unit = f.required(f.currency(one, "currency_value", where), f"{where}currency_value")
            sums[unit] += f.required(f.amount(one, "value", where, unit), f"{where}value")
    paid = state == "paid"
    rows: list[Row] = [
        {"commission_currency": unit, "expected_minor": net, "paid_minor": net if paid else None}
        for unit, net in sorted(sums.items())
    ]
    return rows or [{"commission_currency": ""}]


# --- everything else --------------------------------------------------------------------------------------------------


def _cancellation(envelope: Item, seller_id: str) -> Row:
    data = envelope["data"]
    subscriber, product = (
        f.section(data, "subscriber", "data."),
        f.section(data, "product", "data."),
    )
    plan_id = f.identifier(f.section(data, "subscription", "data."), "id", "data.subscription.")
    code = f.identifier(subscriber, "code", "data.subscriber.")
    if plan_id is None and code is None:
        raise InvalidItemError("data.subscription.id: missing")
    canceled_at = f.instant(data, "cancellation_date", "data.")
    return {
        "seller_id": seller_id,
        "plan_key": plan_id or f"code:{code}",
        "source": "cancellation",
        "observed_at": created_at(envelope),
        "plan_id": plan_id,
        "subscriber_code": code,
        "product_id": f.identifier(product, "id", "data.product."),
        "product": f.text(product, "name", "data.product."),
        "buyer": f.text(subscriber, "name", "data.subscriber."),
        "email": f.text(subscriber, "email", "data.subscriber."),
        "phone": _subscriber_phone(subscriber),
        "canceled_at": canceled_at or created_at(envelope),
    }


def _subscriber_phone(subscriber: Item) -> str | None:
    """The cell phone, else the other one; this event writes them as an object."""
    value = subscriber.get("phone")
    if type(value) is not dict:
        return None
    where = "data.subscriber.phone."
    for area, number in (("dddCell", "cell"), ("dddPhone", "phone")):
        if found := phone(f.identifier(value, area, where), f.identifier(value, number, where)):
            return found
    return None


def _other(envelope: Item, name: str, seller_id: str) -> Row:
    data = envelope["data"]
    subscription = _loose(data, "subscription")
    user = (
        _loose(data, "user")
        or _loose(subscription, "user")
        or _loose(data, "subscriber")
        or _loose(data, "buyer")
    )
    product = _loose(data, "product") or _loose(subscription, "product")
    code = f.identifier(subscription, "subscriber_code", "data.subscription.") or f.identifier(
        _loose(data, "subscriber"), "code", "data.subscriber."
    )
    return {
        "seller_id": seller_id,
        "event_id": f.required(f.identifier(envelope, "id"), "id"),
        "event": name,
        "occurred_at": created_at(envelope),
        "subscriber_code": code,
        "email": f.text(user, "email", "data.user."),
        "product_id": f.identifier(product, "id", "data.product."),
        "module": f.text(_loose(data, "module"), "name", "data.module."),
        "detail": _detail(data),
    }


def _loose(parent: Item, key: str) -> Item:
    """An object inside an object, empty where there is something else: these events move no money."""
    value = parent.get(key)
    return value if type(value) is dict else {}


def _detail(data: Item) -> str | None:
    """What else an event says, as JSON without what is private and without the people; null when it is too long."""
    rest = {
        k: v
        for k, v in data.items()
        if k not in ("user", "buyer", "subscriber", "product", "module", "producer")
    }
    written = json.dumps(redact(rest), ensure_ascii=True, sort_keys=True, default=str)
    return written if rest and len(written) <= f.MAX_TEXT else None
