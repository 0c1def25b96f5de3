"""Statements of one row of the sales export, from its values by column (docs/hotmart.md §4.2)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

from smartinst.facts import SLIP_PAYMENT_TYPES
from smartinst.hotmart.parsing import vocabulary
from smartinst.hotmart.parsing.countries import country_code
from smartinst.hotmart.parsing.fields import (
    MAX_CHARGES,
    amount_columns,
    check_century,
    clean_text,
    read_currency,
    read_integer,
    require,
    to_amount,
)
from smartinst.hotmart.parsing.outcome import InvalidItemError, Row, Statements
from smartinst.hotmart.parsing.phones import format_phone
from smartinst.money import Amount, exponent

Values = dict[str, str | None]
"""A row: the values of the known columns, None if empty."""

ZONE: Final = ZoneInfo("America/Sao_Paulo")

COLUMNS: Final = {
    "transaction": ("codigo da transacao",),
    "status": ("status da transacao",),
    "ordered": ("data da transacao", "data transacao"),
    "approved": ("confirmacao do pagamento",),
    "product_id": ("codigo do produto",),
    "product": ("produto",),
    "offer": ("codigo do preco",),
    "currency": ("moeda de compra",),
    "amount": ("valor de compra sem impostos",),
    "net_currency": ("moeda de recebimento",),
    "net": ("faturamento liquido do(a) produtor(a)", "faturamento liquido"),
    "payment": ("metodo de pagamento",),
    "billing": ("tipo de cobranca",),
    "installments": ("quantidade total de parcelas",),
    "number": ("quantidade de cobrancas",),
    "expires": ("data de vencimento (vouchers)",),
    "buyer": ("comprador(a)",),
    "email": ("email do(a) comprador(a)",),
    "country": ("pais",),
    "phone": ("telefone",),
    "code": ("codigo do assinante",),
    "refusal": ("motivo de recusa de cartao",),
}
"""Key of a value in this module → normalized names of its column in exports, by preference."""

REQUIRED_COLUMNS: Final = (
    "transaction",
    "status",
    "ordered",
    "currency",
    "amount",
    "billing",
    "installments",
    "number",
    "code",
)
EXCERPT_COLUMNS: Final = (
    "transaction",
    "status",
    "ordered",
    "approved",
    "currency",
    "amount",
    "billing",
    "installments",
    "number",
)
_PLAN_COLUMNS: Final = (
    "seller_id source observed_at subscriber_code billing_type product_id product offer_code "
    "buyer email phone country installments"
).split()
_DATE: Final = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?", re.ASCII
)


def parse_export_row(values: Values, seller_id: str) -> Statements | str:
    """The plan and the attempt in a row, or the reason for ignoring it."""
    billing = values["billing"]
    if billing is None:
        raise InvalidItemError("Tipo de cobrança: missing")
    billing_type = vocabulary.EXPORT_BILLING_TYPES.get(vocabulary.normalize(billing))
    if billing_type is None:
        return f"billing type {billing[:60]}"
    clean = {
        column: clean_text(value, COLUMNS[column][0]) if value else None
        for column, value in values.items()
    }
    attempt = _attempt(clean, billing_type, seller_id)
    code = attempt["subscriber_code"]
    plan: Row = {"plan_key": f"code:{code}", **{name: attempt[name] for name in _PLAN_COLUMNS}}
    return Statements(plans=(plan,) if code else (), attempts=(attempt,))


def _attempt(values: Values, billing_type: str, seller_id: str) -> Row:
    word = require(values["status"], "status da transacao")
    status = vocabulary.attempt_status(word) or word.upper()
    ordered_at = _parse_date(require(values["ordered"], "data da transacao"), "data da transacao")
    approval = values.get("approved")
    approved_at = _parse_date(approval, "confirmacao do pagamento") if approval else None
    country = country_code(None, values.get("country"))
    return {
        "seller_id": seller_id,
        "transaction": require(values["transaction"], "codigo da transacao"),
        "source": "export",
        "state": vocabulary.attempt_state(status),
        "observed_at": max(ordered_at, approved_at or ordered_at),
        "subscriber_code": values["code"],
        "billing_type": billing_type,
        "status": status,
        "ordered_at": ordered_at,
        "approved_at": approved_at,
        "refusal": values.get("refusal"),
        "offer_code": values.get("offer"),
        "product_id": values.get("product_id"),
        "product": values.get("product"),
        "buyer": values.get("buyer"),
        "email": values.get("email"),
        "phone": format_phone(None, values.get("phone"), country),
        "country": country,
        **_charge_columns(values),
        **_payment_columns(values),
        **_money_columns(values),
    }


def _charge_columns(values: Values) -> Row:
    installments = _count(values["installments"], "quantidade total de parcelas", MAX_CHARGES)
    number = _count(values["number"], "quantidade de cobrancas", installments or MAX_CHARGES)
    return {"installments": installments, "number": require(number, "quantidade de cobrancas")}


def _count(value: str | None, name: str, maximum: int) -> int | None:
    return read_integer({name: value}, name, "", 1, maximum)


def _payment_columns(values: Values) -> Row:
    method = values.get("payment")
    payment_type = method and vocabulary.EXPORT_PAYMENT_TYPES.get(
        vocabulary.normalize(method), method.upper()
    )
    expires = values.get("expires") if payment_type in SLIP_PAYMENT_TYPES else None
    return {
        "payment_type": payment_type,
        "expires_at": _parse_date(expires, "data de vencimento") if expires else None,
    }


def _money_columns(values: Values) -> Row:
    currency = _currency(values["currency"], "moeda de compra")
    currency = require(currency, "moeda de compra")
    net_currency = _currency(values.get("net_currency"), "moeda de recebimento")
    amount = require(values["amount"], "valor de compra sem impostos")
    net = values.get("net")
    return {
        "currency": currency,
        "commission_currency": net_currency or "",
        **amount_columns(
            amount_minor=_amount(amount, currency, "valor de compra sem impostos"),
            paid_minor=_amount(net, net_currency, "faturamento liquido")
            if net and net_currency
            else None,
        ),
    }


def _currency(value: str | None, name: str) -> str | None:
    return read_currency({name: value}, name)


def _amount(value: str, currency: str, name: str) -> Amount:
    return to_amount(normalize_number(value, currency), currency, name)


def normalize_number(value: str, currency: str) -> str:
    """A number with a decimal point, from a number with a decimal comma or point.

    The format is decided for each value. With both signs, the last one is decimal. A single sign
    before exactly three digits separates thousands, unless the currency has three decimals.
    """
    digits = value.replace("\u00a0", "").replace(" ", "")
    position = max(digits.rfind(","), digits.rfind("."))
    if position < 0:
        return digits
    sign, decimals = digits[position], len(digits) - position - 1
    other_sign = "." if sign == "," else ","
    is_thousands_sign = digits.count(sign) > 1 or (
        other_sign not in digits and decimals == 3 and exponent(currency) < 3
    )
    if is_thousands_sign:
        return digits.replace(sign, "").replace(other_sign, ".")
    return digits.replace(other_sign, "").replace(sign, ".")


def _parse_date(value: str, name: str) -> datetime:
    match = _DATE.fullmatch(value)
    if not match:
        raise InvalidItemError(f"{name}: expected DD/MM/YYYY HH:MM:SS")
    day, month, year, hour, minute, second = (int(part or 0) for part in match.groups())
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=ZONE)
    except ValueError:
        raise InvalidItemError(f"{name}: impossible date") from None
    return check_century(local.astimezone(UTC), name)
