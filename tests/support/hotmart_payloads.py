"""Small literal payloads: a page item, a webhook, a line of an export, changed by dotted path."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime
from typing import Any, Final

from smartinst.hotmart.parsing.documents import parse_document
from smartinst.hotmart.values.fields import DECODER
from smartinst.hotmart.values.outcome import ItemOutcome, Statements
from smartinst.settings import Seller
from tests.support.paths import HOTMART_SAMPLES

SAMPLES = HOTMART_SAMPLES
ACME = Seller(id="acme", name="Acme", email="a@example.com", timezone="America/Sao_Paulo")
NOW = datetime(2026, 11, 2, tzinfo=UTC)
MISSING = object()
"""A change to this value removes the member."""
UNPAID: Final[dict[str, Any]] = {
    "purchase.approved_date": MISSING,
    "recurrency.status": "NOT_PAID",
    "purchase.commission.producer_paid_value": MISSING,
    "purchase.commission.original_paid_value": MISSING,
}
"""Changes of a page's item that leave no proof of a payment."""


def ms(text: str) -> int:
    """Milliseconds of `"2026-01-15"` (noon UTC) or `"2026-01-15T23:30"` (UTC)."""
    clock = text if "T" in text else f"{text}T12:00"
    return int(datetime.fromisoformat(f"{clock}+00:00").timestamp() * 1000)


def instant(text: str) -> datetime:
    return datetime.fromtimestamp(ms(text) / 1000, UTC)


def with_changes(document: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A copy with members replaced, added or (MISSING) removed by path: `purchase.price.value`."""
    copied = copy.deepcopy(document)
    for path, value in changes.items():
        *parents, name = path.split(".")
        place = copied
        for parent in parents:
            place = place.setdefault(parent, {})
        if value is MISSING:
            place.pop(name, None)
        else:
            place[name] = value
    return copied


def item(
    number: int = 1,
    status: str = "APPROVED",
    plan: int = 20000001,
    transaction: str | None = None,
    updated: str = "2026-06-01",
    approved: str | None = None,
    **changes: Any,
) -> dict[str, Any]:
    """An attempt of a plan of five charges of 40.00 EUR bought on 15 January 2026.

    `__` in the name of a change is a dot in the path.
    """
    order_date = ms(f"2026-{number:02d}-15")
    payload: dict[str, Any] = {
        "subscription_id": plan,
        "subscriber_code": f"CODE{plan}",
        "billing_type": "SMART_INSTALLMENT",
        "status": "ACTIVE",
        "adoption_date": ms("2026-01-15"),
        "last_update": ms(updated),
        "max_cycles": 5,
        "has_credit_card_change": False,
        "product": {"id": 7000001, "name": "Curso Exemplo"},
        "plan": {"offer": {"code": "offer001"}},
        "subscriber": {
            "name": "Rita Exemplo",
            "email": "rita@example.com",
            "phone": "912000777",
            "phone_ddd": "351",
        },
        "recurrency": {
            "status": "PAID",
            "number": number,
            "start_datetime": order_date,
            "transaction_sequence": 1,
        },
        "purchase": {
            "transaction": transaction or f"HP{plan}{number:02d}",
            "order_date": order_date,
            "status": status,
            "payment": {"payment_type": "CREDIT_CARD"},
            "price": {"currency": "EUR", "value": 40},
            "commission": {"currency": "EUR", "producer_value": 36, "producer_paid_value": 36},
        },
    }
    if approved or status in ("APPROVED", "COMPLETE"):
        payload["purchase"]["approved_date"] = ms(approved) if approved else order_date + 60_000
    return with_changes(
        payload, {name.replace("__", "."): value for name, value in changes.items()}
    )


def negotiation(*numbers: int) -> dict[str, Any]:
    """A payment of several charges, in a page that is older than the plan's present N."""
    return item(
        numbers[0],
        max_cycles=12,
        updated="2026-05-20",
        approved="2026-05-15",
        recurrency__number_list=", ".join(map(str, numbers)),
        recurrency__transaction_type="NEGOTIATION",
    )


def webhook(
    event: str, status: str, created: str, number: int = 1, plan: int = 20000001, **changes: Any
) -> dict[str, Any]:
    """A purchase event of the same plan.

    `__` in the name of a change is a dot in the path below `data`.
    """
    data: dict[str, Any] = {
        "product": {"id": 7000001, "name": "Curso Exemplo"},
        "buyer": {
            "name": "Rita Exemplo",
            "email": "rita@example.com",
            "checkout_phone_code": "351",
            "checkout_phone": "912000777",
            "document": "12345678909",
            "document_type": "CPF",
            "address": {
                "country": "Portugal",
                "country_iso": "PT",
                "address": "Rua Secreta",
                "number": "77",
            },
        },
        "commissions": [
            {"value": 4, "currency_value": "EUR", "source": "MARKETPLACE"},
            {"value": 36, "currency_value": "EUR", "source": "PRODUCER"},
        ],
        "purchase": {
            "transaction": f"HP{plan}{number:02d}",
            "status": status,
            "order_date": ms(f"2026-{number:02d}-15"),
            "recurrence_number": number,
            "price": {"value": 40, "currency_value": "EUR"},
            "payment": {
                "type": "CREDIT_CARD",
                "pix_code": "00020101021226SECRET",
                "pix_qrcode": "https://pay.example/x",
            },
            "offer": {"code": "offer001"},
            "checkout_country": {"name": "Portugal", "iso": "PT"},
        },
        "subscription": {"status": "ACTIVE", "subscriber": {"code": f"CODE{plan}"}},
    }
    data = with_changes(data, {name.replace("__", "."): value for name, value in changes.items()})
    return envelope(event, created, data)


def envelope(event: str, created: str, data: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{event}-{created}",
        "creation_date": ms(created),
        "event": event,
        "version": "2.0.0",
        "hottok": "HOTTOK-SECRET",
        "data": data,
    }


def cancellation(created: str, plan: int = 20000001) -> dict[str, Any]:
    data = {
        "cancellation_date": ms(created),
        "product": {"id": 7000001, "name": "Curso Exemplo"},
        "subscriber": {"code": f"CODE{plan}", "name": "Rita Exemplo", "email": "rita@example.com"},
        "subscription": {"id": plan},
    }
    return envelope("SUBSCRIPTION_CANCELLATION", created, data)


def users(transaction: str, country: str = "Portugal", **buyer: Any) -> dict[str, Any]:
    """An item of sales/users."""
    person = {
        "name": "Rita Exemplo",
        "email": "rita@example.com",
        "address": {"country": country},
        **buyer,
    }
    return {"transaction": transaction, "users": [{"role": "BUYER", "user": person}]}


HEADER = (
    "Código da transação;Status da transação;Data da transação;Confirmação do pagamento;"
    "Código do produto;Produto;"
    "Código do preço;Moeda de compra;Valor de compra sem impostos;Moeda de recebimento;"
    "Faturamento líquido do(a) Produtor(a);Método de pagamento;Tipo de cobrança;"
    "Quantidade total de parcelas;"
    "Quantidade de cobranças;Comprador(a);Email do(a) Comprador(a);País;Documento;Endereço;"
    "Código do assinante"
)


def line(
    number: int = 1,
    status: str = "Aprovado",
    order_date: str | None = None,
    amount: str = "40,00",
    billing: str = "Parcelamento Inteligente",
    code: str = "CODE20000001",
) -> str:
    """A line of an export, of the same plan."""
    day = order_date or f"15/{number:02d}/2026 09:00:00"
    paid = day if status in ("Aprovado", "Completo") else "(none)"
    return (
        f"HP20000001{number:02d};{status};{day};{paid};7000001;Curso Exemplo;offer001;"
        f"EUR;{amount};EUR;36,00;"
        f"Cartão de Crédito;{billing};5;{number};Rita Exemplo;rita@example.com;Portugal;"
        f"12345678909;Rua Secreta;{code}"
    )


def export(*lines: str) -> bytes:
    return "\n".join((HEADER, *lines, "")).encode("utf-8-sig")


def json_text(document: object) -> str:
    return json.dumps(document, ensure_ascii=False)


def outcomes(document: object) -> list[ItemOutcome]:
    """The parser's outcomes for a document, read from its JSON text."""
    return list(parse_document(DECODER.decode(json_text(document)), "acme"))


def outcome(document: object) -> ItemOutcome:
    (item_outcome,) = outcomes(document)
    return item_outcome


def _statements(document: object) -> Statements:
    item_outcome = outcome(document)
    assert item_outcome.statements is not None, item_outcome
    return item_outcome.statements


def attempt(document: object) -> dict[str, Any]:
    """The only attempt statement of a document."""
    (statement,) = _statements(document).attempts
    return statement


def plan(document: object) -> dict[str, Any]:
    """The only plan statement of a document."""
    (statement,) = _statements(document).plans
    return statement
