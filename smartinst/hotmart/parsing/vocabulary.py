"""Foreign words into ours: attempt statuses, plan statuses, billing and payment types (docs/hotmart.md §3.5).

A word that is not here is kept as it came, in upper case, and counted (docs/contracts.md §9).
"""

from __future__ import annotations

import unicodedata
from typing import Final

from smartinst.facts import STATES, STATUS_STATE

STATUSES: Final = {
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
"""The platform's attempt statuses, every source's spelling → ours."""

_CHARGE_STATUSES: Final = {
    "CLAIMED": "disputed",
    "REFUNDED": "refunded",
    "CHARGEBACK": "charged_back",
}
"""`recurrency.status` words that say more than a paid attempt's own status."""

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
"""The Portuguese export's statuses, folded, without the ending that tells the gender."""

EXPORT_BILLING_TYPES: Final = {
    "parcelamento inteligente": "SMART_INSTALLMENT",
    "recuperador inteligente": "SMART_RECOVERY",
}
"""`Tipo de cobrança` of the export, folded; every other word is no plan of ours."""

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
"""`Método de pagamento` of the export, folded → the API's word."""

PAYMENT_TYPES: Final = frozenset(
    "BILLET CASH_PAYMENT CREDIT_CARD DIRECT_BANK_TRANSFER DIRECT_DEBIT FINANCED_BILLET FINANCED_INSTALLMENT GOOGLE_PAY "
    "APPLE_PAY HOTCARD HYBRID MANUAL_TRANSFER PAYPAL PAYPAL_INTERNACIONAL PICPAY PIX SAMSUNG_PAY WALLET ECHECK "
    "BALANCE_HOTMART HOTMART_BALANCE".split()
)
"""Payment types seen or documented (docs/hotmart.md §2.4); another one is kept and counted."""

_PLAN_STATUSES: Final = {"PAST_DUE": "DELAYED", "EXPIRED": "OVERDUE"}


def fold(words: str) -> str:
    """Lower case without accents, spaces collapsed."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", words) if not unicodedata.combining(c))
    return " ".join(bare.casefold().split())


def status(attempt: str | None, charge: str | None = None) -> str | None:
    """Our status of an attempt; the charge's word counts where the attempt is paid, or where it stands alone."""
    known = STATUSES.get(attempt, attempt) if attempt else None
    if known is None:
        known = {"PAID": "approved", "NOT_PAID": "delayed"}.get(charge or "")
    further = _CHARGE_STATUSES.get(charge or "")
    return further if further and state(known or "approved") in ("paid", "claimed") else known


def state(canonical: str | None) -> str:
    """How far an attempt of this status has come; an unknown status is waiting."""
    return STATUS_STATE.get(canonical or "", STATES[0])


def export_status(words: str) -> str:
    """Our status of an export's word, either gender."""
    folded = fold(words)
    bare = " ".join(
        part[:-1] if part.endswith(("ado", "ada", "ido", "ida", "eto", "eta")) else part
        for part in folded.split()
    )
    return EXPORT_STATUSES.get(bare) or EXPORT_STATUSES.get(folded) or words.upper()


def plan_status(words: str | None) -> str | None:
    """The platform's own word for a plan in one spelling: CANCELED_BY_SELLER, DELAYED, OVERDUE…"""
    if words is None:
        return None
    one = words.upper().replace("CANCELLED", "CANCELED").replace("_BY_VENDOR", "_BY_SELLER")
    return _PLAN_STATUSES.get(one, one)
