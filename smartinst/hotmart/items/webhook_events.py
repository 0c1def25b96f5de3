"""Parser of webhook 2.0.0 envelopes `{id, creation_date, event, version, data}`.

A purchase event contains one attempt, and its plan if it has a subscriber code; never a plan id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from smartinst.hotmart.items.event_names import (
    CANCELLATION_EVENT,
    IGNORED_EVENTS,
    PURCHASE_EVENTS,
    STORED_EVENTS,
    canonical_event,
)
from smartinst.hotmart.items.plan_events import (
    cancellation_row,
    event_created_at,
    event_row,
    optional_object,
)
from smartinst.hotmart.values import vocabulary
from smartinst.hotmart.values.countries import country_code
from smartinst.hotmart.values.fields import (
    MAX_CHARGES,
    amount_columns,
    read_identifier,
    read_instant,
    read_integer,
    read_object,
    read_text,
    read_word,
    require,
)
from smartinst.hotmart.values.outcome import InvalidItemError, Item, Row, Statements
from smartinst.hotmart.values.phones import format_phone, phone_text
from smartinst.hotmart.values.prices import Price, producer_nets, read_price
from smartinst.hotmart.values.status_proof import StatusProof, status_columns
from smartinst.money import Amount


def parse_event_name(envelope: Item) -> str:
    """The event in the platform's spelling; InvalidItemError unless the version is 2."""
    version = read_text(envelope, "version")
    if version is None or not version.startswith("2."):
        raise InvalidItemError(
            "version: expected webhook 2.0.0; choose it in Tools > Webhook (1.0.0 is not read)"
        )
    return canonical_event(require(read_text(envelope, "event"), "event"))


def parse_event(envelope: Item, seller_id: str) -> Statements | str:
    """The statements in an event, or the reason for ignoring it.

    An event with an unknown name is stored unchanged; its purchase is an attempt too.
    """
    name = parse_event_name(envelope)
    if name in IGNORED_EVENTS:
        return f"event {name}"
    if type(envelope.get("data")) is not dict:
        raise InvalidItemError("data: expected an object")
    if name in PURCHASE_EVENTS:
        return _parse_purchase(envelope, name, seller_id)
    if name == CANCELLATION_EVENT:
        return Statements(plans=(cancellation_row(envelope, seller_id),))
    events = (event_row(envelope, name, seller_id),)
    if name in STORED_EVENTS or not has_attempt(envelope["data"]):
        return Statements(events=events)
    return replace(_parse_purchase(envelope, name, seller_id), events=events)


def has_attempt(data: object) -> bool:
    """Whether the `data` of an event with any name contains a purchase with a transaction."""
    purchase = optional_object(data, "purchase") if isinstance(data, dict) else {}
    return purchase.get("transaction") is not None


def _parse_purchase(envelope: Item, event: str, seller_id: str) -> Statements:
    data, observed_at = envelope["data"], event_created_at(envelope)
    code = _subscriber_code(data)
    shared_columns: Row = {
        "seller_id": seller_id,
        "source": "webhook",
        "observed_at": observed_at,
        "subscriber_code": code,
        **_billing_columns(data),
        **_product_columns(data),
        **_buyer_columns(data),
    }
    purchase, commissions = read_object(data, "purchase", "data."), data.get("commissions")
    price = read_price(purchase, "data.purchase.", commissions)
    attempt = {
        **shared_columns,
        **_attempt_columns(data, price),
    }
    attempt |= _status_columns(data, event, attempt)
    nets = producer_nets(commissions, price.currency)
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


def _billing_columns(data: Item) -> Row:
    """Billing type and N, which a webhook has for HOTMART_INSTALLMENTS only."""
    payment = read_object(read_object(data, "purchase", "data."), "payment", "data.purchase.")
    path = "data.purchase.payment."
    if vocabulary.billing_type(read_word(payment, "type", path)) != "HOTMART_INSTALLMENTS":
        return {}
    return {
        "billing_type": "HOTMART_INSTALLMENTS",
        "installments": read_integer(payment, "installments_number", path, 1, MAX_CHARGES),
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
    return {
        "transaction": require(
            read_identifier(purchase, "transaction", path), f"{path}transaction"
        ),
        "number": read_integer(purchase, "recurrence_number", path, 1, MAX_CHARGES),
        "ordered_at": read_instant(purchase, "order_date", path),
        "approved_at": read_instant(purchase, "approved_date", path),
        "reversed_at": read_instant(payment, "refund_chargeback_date", f"{path}payment."),
        "expires_at": read_instant(payment, "pix_expiration_date", f"{path}payment."),
        "payment_type": read_word(payment, "type", f"{path}payment."),
        "refusal": read_text(payment, "refusal_reason", f"{path}payment."),
        "currency": price.currency,
        **amount_columns(amount_minor=price.amount, total_minor=price.total),
        "guarantee_ends_at": read_instant(
            read_object(data, "product"), "warranty_date", "data.product."
        ),
    }


def _status_columns(data: Item, event: str, attempt: Row) -> Row:
    """The status of the attempt; an unknown event without a status is its own unknown word."""
    purchase, path = read_object(data, "purchase", "data."), "data.purchase."
    word = read_text(purchase, "status", path)
    proof = StatusProof(
        word if event in PURCHASE_EVENTS else word or event,
        event=event,
        is_approved=attempt["approved_at"] is not None,
        is_returned=attempt["reversed_at"] is not None,
    )
    return status_columns(proof, f"{path}status")


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
