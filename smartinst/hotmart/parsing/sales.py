"""Items of `GET sales/history` (one attempt) and `GET sales/users` (the people of one attempt)."""

from __future__ import annotations

from typing import Any, Final

from smartinst.hotmart.parsing import fields as f
from smartinst.hotmart.parsing import vocabulary
from smartinst.hotmart.parsing.contacts import country, phone
from smartinst.hotmart.parsing.outcome import InvalidItemError, Item, Row, Statements

PAYMENT_MODES: Final = ("SMART_INSTALLMENT", "BILLET_INSTALLMENT")
"""`offer.payment_mode` of the sales that belong to plans of ours."""


def payment_mode(item: Item) -> str:
    """How the offer of a sale is paid, in upper case; "" where the item does not say."""
    offer = f.section(f.section(item, "purchase"), "offer", "purchase.")
    return f.word(offer, "payment_mode", "purchase.offer.") or ""


def history(item: Item, seller_id: str) -> Statements:
    """The attempt that an item of sales/history tells of; it is as old as its latest date, for it has no other."""
    purchase, buyer, product = (
        f.section(item, "purchase"),
        f.section(item, "buyer"),
        f.section(item, "product"),
    )
    ordered = f.required(f.instant(purchase, "order_date", "purchase."), "purchase.order_date")
    approved = f.instant(purchase, "approved_date", "purchase.")
    status = vocabulary.status(
        f.required(f.word(purchase, "status", "purchase."), "purchase.status")
    )
    return Statements(
        attempts=(
            {
                "seller_id": seller_id,
                "transaction": f.required(
                    f.identifier(purchase, "transaction", "purchase."), "purchase.transaction"
                ),
                "commission_currency": "",
                "source": "history",
                "state": vocabulary.state(status),
                "observed_at": max(ordered, approved or ordered),
                "billing_type": payment_mode(item),
                "status": status,
                "number": f.whole(purchase, "recurrency_number", "purchase.", 1, f.MAX_CHARGES),
                "ordered_at": ordered,
                "approved_at": approved,
                "offer_code": f.identifier(f.section(purchase, "offer"), "code", "purchase.offer."),
                "product_id": f.identifier(product, "id", "product."),
                "product": f.text(product, "name", "product."),
                "buyer": f.text(buyer, "name", "buyer."),
                "email": f.text(buyer, "email", "buyer."),
                "guarantee_ends_at": f.instant(purchase, "warranty_expire_date", "purchase."),
                **_money(purchase),
            },
        )
    )


def _money(purchase: Item) -> Row:
    payment, price = (
        f.section(purchase, "payment", "purchase."),
        f.section(purchase, "price", "purchase."),
    )
    fee, where = f.section(purchase, "hotmart_fee", "purchase."), "purchase.hotmart_fee."
    unit, fee_unit = (
        f.currency(price, "currency_code", "purchase.price."),
        f.currency(fee, "currency_code", where),
    )
    return {
        "payment_type": f.word(payment, "type", "purchase.payment."),
        "currency": unit,
        "amount_minor": f.amount(price, "value", "purchase.price.", unit),
        "fee_currency": fee_unit,
        "fee_base_minor": f.amount(fee, "base", where, fee_unit),
        "fee_fixed_minor": f.amount(fee, "fixed", where, fee_unit),
        "fee_total_minor": f.amount(fee, "total", where, fee_unit),
        "fee_percentage": f.decimal(fee, "percentage", where),
    }


def users(item: Item, seller_id: str) -> Statements:
    """The buyer of an attempt; undated, so that every other source is newer. No rows where no buyer is named."""
    transaction = f.required(f.identifier(item, "transaction"), "transaction")
    buyer = next((one for one in f.sequence(item, "users") if _role(one) == "BUYER"), None)
    if buyer is None:
        return Statements()
    return Statements(
        attempts=(
            {
                "seller_id": seller_id,
                "transaction": transaction,
                "commission_currency": "",
                "source": "users",
                "state": vocabulary.state(None),
                "observed_at": f.EARLIEST,
                **person(f.section(buyer, "user", "users.")),
            },
        )
    )


def _role(one: Any) -> str | None:
    if type(one) is not dict:
        raise InvalidItemError("users: expected objects")
    return f.word(one, "role", "users.")


def person(user: Item) -> Row:
    """Name, e-mail, phone and country of a person; documents and street are left where they are."""
    address, where = f.section(user, "address", "users.user."), "users.user."
    home = country(
        f.text(address, "country_iso", f"{where}address."),
        f.text(address, "country", f"{where}address."),
    )
    number = f.identifier(user, "cellphone", where) or f.identifier(user, "phone", where)
    return {
        "buyer": f.text(user, "name", where),
        "email": f.text(user, "email", where),
        "phone": phone(None, number, home),
        "country": home,
    }
