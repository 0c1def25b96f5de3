"""Statements of one row of the sales export, from its values by column (docs/hotmart.md §4.2)."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from typing import Final

from smartinst.facts import SLIP_PAYMENT_TYPES
from smartinst.hotmart.exports.cells import (
    is_rounded_code,
    read_amount,
    read_code,
    read_count,
    read_date,
)
from smartinst.hotmart.exports.columns import COLUMNS, label
from smartinst.hotmart.values.countries import country_code
from smartinst.hotmart.values.fields import (
    MAX_CHARGES,
    amount_columns,
    clean_text,
    read_currency,
    require,
)
from smartinst.hotmart.values.outcome import InvalidItemError, Row, Statements
from smartinst.hotmart.values.phones import format_phone
from smartinst.hotmart.values.status_proof import StatusProof, status_columns
from smartinst.hotmart.values.vocabulary import (
    billing_type_in_export,
    payment_type_in_export,
    separate_words,
)
from smartinst.money import Amount

Values = dict[str, str | None]
"""A row: the value of each known column of the file, None if empty."""

EXCERPT_COLUMNS: Final = tuple(
    "transaction status ordered approved currency amount billing installments number".split()
)
_LABELS: Final = {column: label(column) for column in COLUMNS}
_PLAN_COLUMNS: Final = (
    "seller_id source observed_at subscriber_code billing_type product_id product offer_code "
    "buyer email phone country installments"
).split()
_SHARES: Final = re.compile(r"co ?prod|afil|affil", re.ASCII)
"""Beginning of `Venda feita como` if the account sold as co-producer or affiliate."""


def parse_export_row(values: Values, seller_id: str) -> Statements | str:
    """The plan and the attempt in a row, or the reason for ignoring it."""
    billing = _require(values, "billing")
    billing_type = billing_type_in_export(billing)
    if billing_type is None:
        return f"billing type {billing[:60]}"
    clean = {
        column: clean_text(value, _LABELS[column]) if value else None
        for column, value in values.items()
    }
    attempt = _attempt(clean, billing_type, seller_id)
    code = attempt["subscriber_code"]
    plan: Row = {"plan_key": f"code:{code}", **{name: attempt[name] for name in _PLAN_COLUMNS}}
    return Statements(plans=(plan,) if code else (), attempts=(attempt,))


def _attempt(values: Values, billing_type: str, seller_id: str) -> Row:
    ordered_at = read_date(_require(values, "ordered"), _LABELS["ordered"])
    approved_at = _date(values, "approved")
    country = country_code(None, values.get("country"))
    proof = StatusProof(values.get("status"), is_approved=approved_at is not None)
    return {
        "seller_id": seller_id,
        "transaction": read_code(_require(values, "transaction"), _LABELS["transaction"]),
        "source": "export",
        **status_columns(proof, _LABELS["status"]),
        "observed_at": max(ordered_at, approved_at or ordered_at),
        "subscriber_code": read_code(values["code"], _LABELS["code"]),
        "billing_type": billing_type,
        "ordered_at": ordered_at,
        "approved_at": approved_at,
        "refusal": values.get("refusal"),
        "offer_code": values.get("offer"),
        "product_id": values.get("product_id"),
        "product": values.get("product"),
        "buyer": values.get("buyer"),
        "email": values.get("email"),
        "phone": _phone(values.get("phone"), country),
        "country": country,
        "installments": _count(values, "installments"),
        "number": _count(values, "number"),  # above N: outside the plan, counted by the ledger
        **_payment_columns(values),
        **_money_columns(values),
    }


def _require(values: Values, column: str) -> str:
    return require(values.get(column), _LABELS[column])


def _date(values: Values, column: str) -> datetime | None:
    value = values.get(column)
    return read_date(value, _LABELS[column]) if value else None


def _count(values: Values, column: str) -> int | None:
    return read_count(values[column], _LABELS[column], MAX_CHARGES)


def _phone(number: str | None, country: str | None) -> str | None:
    """The phone number as E.164; None if a spreadsheet has rounded it."""
    if number is None or is_rounded_code(number):
        return None
    return format_phone(None, number.removesuffix(".0"), country)


def _payment_columns(values: Values) -> Row:
    method = values.get("payment")
    payment_type = payment_type_in_export(method) if method else None
    is_slip = payment_type in SLIP_PAYMENT_TYPES
    return {
        "payment_type": payment_type,
        "expires_at": _date(values, "expires") if is_slip else None,
    }


def _money_columns(values: Values) -> Row:
    """Amounts with their currencies; a net or a total that cannot be used is unknown."""
    currency = require(_currency(values, "currency"), _LABELS["currency"])
    net_currency = _net_currency(values)
    amount = read_amount(_require(values, "amount"), currency, _LABELS["amount"])
    return {
        "currency": currency,
        "commission_currency": net_currency or "",
        **amount_columns(
            amount_minor=amount,
            total_minor=_optional_amount(values, "total", currency),
            paid_minor=_optional_amount(values, _net_column(values), net_currency),
        ),
    }


def _net_column(values: Values) -> str:
    """The column with the account's own net (docs/metrics.md §7): the producer's on own sales."""
    sold_as = values.get("sold_as")
    if values.get("producer_net") is None or _is_share(sold_as or ""):
        return "own_net"
    return "producer_net"


@lru_cache(maxsize=1024)
def _is_share(sold_as: str) -> bool:
    """Whether the account has only a share in the sale, as co-producer or affiliate."""
    return _SHARES.match(separate_words(sold_as)) is not None


def _currency(values: Values, column: str) -> str | None:
    return read_currency({_LABELS[column]: values.get(column)}, _LABELS[column])


def _net_currency(values: Values) -> str | None:
    try:
        return _currency(values, "net_currency")
    except InvalidItemError:
        return None


def _optional_amount(values: Values, column: str, currency: str | None) -> Amount | None:
    value = values.get(column)
    if value is None or currency is None:
        return None
    try:
        return read_amount(value, currency, _LABELS[column])
    except InvalidItemError:
        return None
