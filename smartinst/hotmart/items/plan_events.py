"""Rows of webhook events that are not purchases: a plan's cancellation, and events to be stored."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from smartinst.hotmart.values.fields import (
    MAX_TEXT,
    read_identifier,
    read_instant,
    read_object,
    read_text,
    require,
)
from smartinst.hotmart.values.outcome import InvalidItemError, Item, Row
from smartinst.hotmart.values.phones import format_phone, phone_text
from smartinst.hotmart.values.redaction import redact

_DETAIL_EXCLUDES: Final = ("user", "buyer", "subscriber", "product", "module", "producer")


def event_created_at(envelope: Item) -> datetime:
    """Creation of the event; in CLUB test events of the platform, the key is `creationDate`."""
    created_at = read_instant(envelope, "creation_date") or read_instant(envelope, "creationDate")
    return require(created_at, "creation_date")


def cancellation_row(envelope: Item, seller_id: str) -> Row:
    """The plan statement of a SUBSCRIPTION_CANCELLATION (statements.PLAN_STATEMENTS)."""
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


def event_row(envelope: Item, name: str, seller_id: str) -> Row:
    """The row of an event under its canonical name (statements.EVENTS)."""
    data = envelope["data"]
    subscription = optional_object(data, "subscription")
    user = (
        optional_object(data, "user")
        or optional_object(subscription, "user")
        or optional_object(data, "subscriber")
        or optional_object(data, "buyer")
    )
    product = optional_object(data, "product") or optional_object(subscription, "product")
    code = read_identifier(
        subscription, "subscriber_code", "data.subscription."
    ) or read_identifier(optional_object(data, "subscriber"), "code", "data.subscriber.")
    return {
        "seller_id": seller_id,
        "event_id": require(read_identifier(envelope, "id"), "id"),
        "event": name,
        "occurred_at": event_created_at(envelope),
        "subscriber_code": code,
        "email": read_text(user, "email", "data.user."),
        "product_id": read_identifier(product, "id", "data.product."),
        "module": read_text(optional_object(data, "module"), "name", "data.module."),
        "detail": _detail(data),
    }


def optional_object(parent: Item, key: str) -> Item:
    """An object inside an object; empty for anything else, since these events have no amounts."""
    value = parent.get(key)
    return value if type(value) is dict else {}


def _detail(data: Item) -> str | None:
    """The other members as JSON without private data; None if empty or too long."""
    members = {name: value for name, value in data.items() if name not in _DETAIL_EXCLUDES}
    detail = json.dumps(redact(members), ensure_ascii=True, sort_keys=True, default=str)
    return detail if members and len(detail) <= MAX_TEXT else None
