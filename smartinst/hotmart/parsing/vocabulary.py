"""The platform's words for statuses, billing and payment types, translated (docs/hotmart.md §3.5).

An unknown word is kept in upper case and counted (docs/contracts.md §9).
"""

from __future__ import annotations

import unicodedata
from typing import Final

from smartinst.facts import STATES, STATUS_STATE

ATTEMPT_STATUSES: Final = {
    "APPROVED": "approved",
    "COMPLETE": "complete",
    "COMPLETED": "complete",
    "DELAYED": "delayed",
    "OVERDUE": "delayed",
    "CANCELLED": "canceled",
    "CANCELED": "canceled",
    "PRINTED_BILLET": "waiting",
    "BILLET_PRINTED": "waiting",
    "WAITING_PAYMENT": "waiting",
    "STARTED": "waiting",
    "PRE_ORDER": "waiting",
    "UNDER_ANALISYS": "in_analysis",
    "UNDER_ANALYSIS": "in_analysis",
    "PROCESSING_TRANSACTION": "in_analysis",
    "BLOCKED": "in_analysis",
    "PROTESTED": "disputed",
    "DISPUTE": "disputed",
    "CLAIMED": "disputed",
    "REFUNDED": "refunded",
    "PARTIALLY_REFUNDED": "partially_refunded",
    "CHARGEBACK": "charged_back",
    "EXPIRED": "expired",
    "NO_FUNDS": "refused",
}
"""Attempt status in any spelling of the API and webhooks → canonical status."""

_CHARGE_STATUSES: Final = {
    "CLAIMED": "disputed",
    "REFUNDED": "refunded",
    "CHARGEBACK": "charged_back",
}
"""`recurrency.status` words that are more specific than the status of a paid attempt."""

EXPORT_STATUSES: Final = {
    "aprovad": "approved",
    "complet": "complete",
    "atrasad": "delayed",
    "vencid": "delayed",
    "cancelad": "canceled",
    "aguardando pagamento": "waiting",
    "boleto gerado": "waiting",
    "boleto impresso": "waiting",
    "iniciad": "waiting",
    "em analise": "in_analysis",
    "processando transacao": "in_analysis",
    "bloquead": "in_analysis",
    "reclamad": "disputed",
    "disputa": "disputed",
    "em disputa": "disputed",
    "reembolsad": "refunded",
    "reembolsad parcialmente": "partially_refunded",
    "parcialmente reembolsad": "partially_refunded",
    "chargeback": "charged_back",
    "expirad": "expired",
    "recusad": "refused",
    "sem saldo": "refused",
}
"""Status in the export, normalized, without gender ending → canonical status."""

EXPORT_BILLING_TYPES: Final = {
    "parcelamento inteligente": "SMART_INSTALLMENT",
    "recuperador inteligente": "SMART_RECOVERY",
}
"""`Tipo de cobrança` of the export, normalized → billing type; other rows are ignored."""

EXPORT_PAYMENT_TYPES: Final = {
    "cartao de credito": "CREDIT_CARD",
    "boleto": "BILLET",
    "boleto bancario": "BILLET",
    "pix": "PIX",
    "paypal": "PAYPAL",
    "google pay": "GOOGLE_PAY",
    "apple pay": "APPLE_PAY",
    "samsung pay": "SAMSUNG_PAY",
    "picpay": "PICPAY",
    "saldo hotmart": "HOTMART_BALANCE",
    "debito direto": "DIRECT_DEBIT",
    "transferencia bancaria direta": "DIRECT_BANK_TRANSFER",
}
"""`Método de pagamento` of the export, normalized → the word of the API."""

PAYMENT_TYPES: Final = frozenset(
    "BILLET CASH_PAYMENT CREDIT_CARD DIRECT_BANK_TRANSFER DIRECT_DEBIT FINANCED_BILLET "
    "FINANCED_INSTALLMENT GOOGLE_PAY APPLE_PAY HOTCARD HYBRID MANUAL_TRANSFER PAYPAL "
    "PAYPAL_INTERNACIONAL PICPAY PIX SAMSUNG_PAY WALLET ECHECK BALANCE_HOTMART "
    "HOTMART_BALANCE".split()
)
"""Observed or documented payment types (docs/hotmart.md §2.4); others are kept and counted."""

_PLAN_STATUSES: Final = {"PAST_DUE": "DELAYED", "EXPIRED": "OVERDUE"}


def normalize(text: str) -> str:
    """The text in lower case, without accents and repeated spaces."""
    decomposed = unicodedata.normalize("NFKD", text)
    base = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(base.casefold().split())


def attempt_status(attempt: str | None, charge: str | None = None) -> str | None:
    """The canonical status of an attempt; an unknown word is returned unchanged.

    The status of its charge is used if the attempt has none, or if the attempt is paid and the
    charge's status is more specific.
    """
    status = ATTEMPT_STATUSES.get(attempt, attempt) if attempt else None
    if status is None:
        status = {"PAID": "approved", "NOT_PAID": "delayed"}.get(charge or "")
    specific = _CHARGE_STATUSES.get(charge or "")
    is_paid = attempt_state(status or "approved") in ("paid", "claimed")
    return specific if specific and is_paid else status


def attempt_state(status: str | None) -> str:
    """The state of an attempt with this canonical status; `waiting` if it is unknown."""
    return STATUS_STATE.get(status or "", STATES[0])


def export_status(text: str) -> str:
    """The canonical status of a word in the export, in either gender."""
    normalized = normalize(text)
    stem = " ".join(
        word[:-1] if word.endswith(("ado", "ada", "ido", "ida", "eto", "eta")) else word
        for word in normalized.split()
    )
    return EXPORT_STATUSES.get(stem) or EXPORT_STATUSES.get(normalized) or text.upper()


def normalize_plan_status(text: str | None) -> str | None:
    """The platform's status of a plan in one spelling: CANCELED_BY_SELLER, DELAYED, OVERDUE…"""
    if text is None:
        return None
    status = text.upper().replace("CANCELLED", "CANCELED").replace("_BY_VENDOR", "_BY_SELLER")
    return _PLAN_STATUSES.get(status, status)
