"""Parsers of items of `GET sales/history` (one attempt) and `GET sales/users` (its buyer)."""

from __future__ import annotations

from typing import Any, Final

from smartinst.hotmart.values import vocabulary
from smartinst.hotmart.values.countries import country_code
from smartinst.hotmart.values.fields import (
    EARLIEST,
    MAX_CHARGES,
    read_identifier,
    read_instant,
    read_integer,
    read_list,
    read_object,
    read_text,
    read_word,
    require,
)
from smartinst.hotmart.values.outcome import InvalidItemError, Item, Row, Statements
from smartinst.hotmart.values.phones import format_phone, phone_text
from smartinst.hotmart.values.prices import history_money
from smartinst.hotmart.values.status_proof import StatusProof, status_columns

SALE_BILLING_TYPES: Final = ("SMART_INSTALLMENT", "BILLET_INSTALLMENT", "HOTMART_INSTALLMENTS")
"""Billing types of the sales that belong to plans."""

_TYPES_WITH_N: Final = SALE_BILLING_TYPES[1:]
"""Billing types whose `payment.installments_number` is N; otherwise it counts parts on a card."""


def parse_payment_mode(item: Item) -> str:
    """The payment mode of a sale's offer, as a billing type; "" if it is missing.

    A sale of HOTMART_INSTALLMENTS may name it as the type of the payment instead.
    """
    purchase = read_object(item, "purchase")
    offer = read_object(purchase, "offer", "purchase.")
    mode = vocabulary.billing_type(read_word(offer, "payment_mode", "purchase.offer."))
    payment = read_object(purchase, "payment", "purchase.")
    payment_type = vocabulary.billing_type(read_word(payment, "type", "purchase.payment."))
    is_plan_by_payment = mode not in SALE_BILLING_TYPES and payment_type == "HOTMART_INSTALLMENTS"
    return (payment_type if is_plan_by_payment else mode) or ""


def parse_sale(item: Item, seller_id: str) -> Statements:
    """The attempt in an item of sales/history; `observed_at` is the latest date in the item."""
    purchase, buyer = read_object(item, "purchase"), read_object(item, "buyer")
    product, payment = read_object(item, "product"), read_object(purchase, "payment", "purchase.")
    ordered_at = require(read_instant(purchase, "order_date", "purchase."), "purchase.order_date")
    approved_at = read_instant(purchase, "approved_date", "purchase.")
    proof = StatusProof(
        read_text(purchase, "status", "purchase."), is_approved=approved_at is not None
    )
    billing_type = parse_payment_mode(item)
    attempt: Row = {
        "seller_id": seller_id,
        "transaction": require(
            read_identifier(purchase, "transaction", "purchase."), "purchase.transaction"
        ),
        "commission_currency": "",
        "source": "history",
        **status_columns(proof, "purchase.status"),
        "observed_at": max(ordered_at, approved_at or ordered_at),
        "billing_type": billing_type,
        "installments": _installments(purchase, billing_type),
        "number": read_integer(purchase, "recurrency_number", "purchase.", 1, MAX_CHARGES),
        "ordered_at": ordered_at,
        "approved_at": approved_at,
        "offer_code": read_identifier(read_object(purchase, "offer"), "code", "purchase.offer."),
        "product_id": read_identifier(product, "id", "product."),
        "product": read_text(product, "name", "product."),
        "buyer": read_text(buyer, "name", "buyer."),
        "email": read_text(buyer, "email", "buyer."),
        "guarantee_ends_at": read_instant(purchase, "warranty_expire_date", "purchase."),
        "payment_type": read_word(payment, "type", "purchase.payment."),
        **history_money(purchase, "purchase."),
    }
    return Statements(attempts=(attempt,))


def _installments(purchase: Item, billing_type: str) -> int | None:
    """N by the payment; None if the billing type keeps it elsewhere."""
    if billing_type not in _TYPES_WITH_N:
        return None
    payment, path = read_object(purchase, "payment", "purchase."), "purchase.payment."
    return read_integer(payment, "installments_number", path, 1, MAX_CHARGES)


def parse_sale_users(item: Item, seller_id: str) -> Statements:
    """The buyer of an attempt, if any; `observed_at` is so early that all other sources win."""
    transaction = require(read_identifier(item, "transaction"), "transaction")
    buyer = next((user for user in read_list(item, "users") if _role(user) == "BUYER"), None)
    if buyer is None:
        return Statements()
    attempt: Row = {
        "seller_id": seller_id,
        "transaction": transaction,
        "commission_currency": "",
        "source": "users",
        "state": "waiting",  # a part of the key; without a status it has no effect
        "observed_at": EARLIEST,
        **_buyer_columns(read_object(buyer, "user", "users.")),
    }
    return Statements(attempts=(attempt,))


def _role(user: Any) -> str | None:
    if type(user) is not dict:
        raise InvalidItemError("users: expected objects")
    return read_word(user, "role", "users.")


def _buyer_columns(user: Item) -> Row:
    """Name, e-mail, phone and country; documents and the street are not read."""
    address, path = read_object(user, "address", "users.user."), "users.user."
    country = country_code(
        read_text(address, "country_iso", f"{path}address."),
        read_text(address, "country", f"{path}address."),
    )
    phones = (
        format_phone(None, phone_text(user.get(key)), country) for key in ("cellphone", "phone")
    )
    return {
        "buyer": read_text(user, "name", path),
        "email": read_text(user, "email", path),
        "phone": next(filter(None, phones), None),
        "country": country,
    }
