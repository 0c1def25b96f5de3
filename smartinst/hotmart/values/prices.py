"""The price, the commissions and the fee of a purchase, with their currencies (docs/metrics.md §7).

A payment depends on its price alone: a commission or fee that cannot be used is unknown.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from smartinst.hotmart.values.fields import (
    NumberText,
    amount_columns,
    read_amount,
    read_decimal,
    require,
)
from smartinst.hotmart.values.outcome import InvalidItemError, Item, Row
from smartinst.money import Amount

_CURRENCY_KEYS: Final = ("currency_value", "currency_code", "currency")
_CODE: Final = re.compile(r"[A-Z]{3}")
_OTHER_PRICES: Final = ("full_price", "original_offer_price", "total")


@dataclass(frozen=True, slots=True)
class Price:
    """The price of a purchase; None means unknown."""

    currency: str | None
    amount: Amount | None
    total: Amount | None  # what the card is charged, with taxes


def named_currency(parent: object) -> str | None:
    """The currency that an object names in any spelling of the field, in upper case; else None."""
    if type(parent) is not dict:
        return None
    names = (parent.get(key) for key in _CURRENCY_KEYS)
    codes = (name.strip().upper() for name in names if type(name) is str)
    return next((code for code in codes if _CODE.fullmatch(code)), None)


def only_currency(commissions: object) -> str | None:
    """The currency of a list of commissions if all that name one agree; else None."""
    objects = commissions if type(commissions) is list else []
    currencies = set(filter(None, map(named_currency, objects)))
    return currencies.pop() if len(currencies) == 1 else None


def read_price(purchase: Item, path: str, commissions: object = None) -> Price:
    """The price of a purchase; InvalidItemError if its amount cannot be used.

    A price without a currency has that of the purchase or of its other prices, else the only one
    that `commissions` name.
    """
    price = _price_object(purchase, path)
    places = (price, purchase, *(purchase.get(key) for key in _OTHER_PRICES))
    currency = next(filter(None, map(named_currency, places)), None)
    if currency is None and price.get("value") is not None:
        currency = only_currency(commissions)
    amount = read_amount(price, "value", f"{path}price.", currency)
    return Price(currency, amount, _total(price, purchase.get("full_price"), currency))


def _price_object(purchase: Item, path: str) -> Item:
    """The price as an object, also if it is a bare number; empty if it is missing or null."""
    price = purchase.get("price")
    if price is None:
        return {}
    if type(price) is dict:
        return price
    if type(price) in (int, str, NumberText):
        return {"value": price}
    raise InvalidItemError(f"{path}price: expected an object")


def _total(price: Item, full_price: object, currency: str | None) -> Amount | None:
    """`price.total_value` of a page, else a webhook's `full_price` in the purchase currency."""
    total = _optional_amount(price, "total_value", currency)
    if total is None and named_currency(full_price) in (None, currency):
        return _optional_amount(full_price, "value", currency)
    return total


def page_money(purchase: Item, path: str) -> Row:
    """Columns of the price and of the commission of a page's purchase."""
    commission = purchase.get("commission")
    price = read_price(purchase, path, [commission])
    currency = named_currency(commission) or (price.currency if commission else None)
    return {
        "currency": price.currency,
        "commission_currency": currency or "",
        "conversion_rate": _optional_decimal(commission, "conversion_rate"),
        **amount_columns(
            amount_minor=require(price.amount, f"{path}price.value"),
            total_minor=price.total,
            expected_minor=_optional_amount(commission, "producer_value", currency),
            paid_minor=_optional_amount(commission, "producer_paid_value", currency),
            original_minor=_optional_amount(commission, "original_value", price.currency),
            original_paid_minor=_optional_amount(commission, "original_paid_value", price.currency),
        ),
    }


def history_money(purchase: Item, path: str) -> Row:
    """Columns of the price and of the platform's fee of a purchase in sales/history."""
    price, fee = read_price(purchase, path), purchase.get("hotmart_fee")
    currency = named_currency(fee) or (price.currency if fee else None)
    return {
        "currency": price.currency,
        "fee_currency": currency,
        "fee_percentage": _optional_decimal(fee, "percentage"),
        **amount_columns(
            amount_minor=price.amount,
            fee_base_minor=_optional_amount(fee, "base", currency),
            fee_fixed_minor=_optional_amount(fee, "fixed", currency),
            fee_total_minor=_optional_amount(fee, "total", currency),
        ),
    }


def producer_nets(commissions: object, purchase_currency: str | None) -> dict[str, Amount | None]:
    """The producer's net by commission currency, None if unknown.

    A commission without a currency has the only one that the other commissions name, else that of
    the purchase. One that cannot be used makes the net of its currency unknown.
    """
    objects = commissions if type(commissions) is list else []
    usual_currency = only_currency(objects) or purchase_currency
    parts: defaultdict[str, list[Amount | None]] = defaultdict(list)
    for commission in objects:
        currency = named_currency(commission) or usual_currency
        if currency and _is_producer(commission):
            parts[currency].append(_optional_amount(commission, "value", currency))
    return {currency: _sum(parts[currency]) for currency in sorted(parts)}


def _is_producer(commission: object) -> bool:
    source = commission.get("source") if type(commission) is dict else None
    return type(source) is str and source.strip().upper() == "PRODUCER"


def _sum(amounts: list[Amount | None]) -> Amount | None:
    """The sum of amounts; None if one of them is unknown."""
    minor, is_rounded = 0, False
    for amount in amounts:
        if amount is None:
            return None
        minor += amount.minor
        is_rounded = is_rounded or amount.is_rounded
    return Amount(minor, is_rounded)


def _optional_amount(parent: object, key: str, currency: str | None) -> Amount | None:
    """An amount that no payment depends on; None if it is missing or cannot be used."""
    try:
        return read_amount(parent, key, "", currency) if type(parent) is dict else None
    except InvalidItemError:
        return None


def _optional_decimal(parent: object, key: str) -> str | None:
    try:
        return read_decimal(parent, key) if type(parent) is dict else None
    except InvalidItemError:
        return None
