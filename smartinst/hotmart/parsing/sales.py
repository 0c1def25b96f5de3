"""Parsers of items of `GET sales/history` (one attempt) and `GET sales/users` (its buyer)."""

from __future__ import annotations

from typing import Any, Final

from smartinst.hotmart.parsing import vocabulary
from smartinst.hotmart.parsing.countries import country_code
from smartinst.hotmart.parsing.fields import (
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
from smartinst.hotmart.parsing.outcome import InvalidItemError, Item, Row, Statements
from smartinst.hotmart.parsing.phones import format_phone, phone_text
from smartinst.hotmart.parsing.prices import history_money

PAYMENT_MODES: Final = ("SMART_INSTALLMENT", "BILLET_INSTALLMENT")
"""`offer.payment_mode` of the sales that belong to plans."""


def parse_payment_mode(item: Item) -> str:
    """Payment mode of the offer of a sale, in upper case; "" if it is missing."""
    offer = read_object(read_object(item, "purchase"), "offer", "purchase.")
    return read_word(offer, "payment_mode", "purchase.offer.") or ""


def parse_sale(item: Item, seller_id: str) -> Statements:
    """The attempt in an item of sales/history; `observed_at` is the latest date in the item."""
    purchase, buyer = read_object(item, "purchase"), read_object(item, "buyer")
    product, payment = read_object(item, "product"), read_object(purchase, "payment", "purchase.")
    ordered_at = require(read_instant(purchase, "order_date", "purchase."), "purchase.order_date")
    approved_at = read_instant(purchase, "approved_date", "purchase.")
    status = vocabulary.status_or_word(
        require(read_word(purchase, "status", "purchase."), "purchase.status")
    )
    attempt: Row = {
        "seller_id": seller_id,
        "transaction": require(
            read_identifier(purchase, "transaction", "purchase."), "purchase.transaction"
        ),
        "commission_currency": "",
        "source": "history",
        "state": vocabulary.attempt_state(status),
        "observed_at": max(ordered_at, approved_at or ordered_at),
        "billing_type": parse_payment_mode(item),
        "status": status,
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
        "state": vocabulary.attempt_state(None),
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
