"""The platform's words for statuses, billing and payment types, translated (docs/hotmart.md §3.5).

All sources share the status words. Sales exports have billing and payment types in the language of
the account, read by the functions `*_in_export`; all other sources have the words of the API. An
unknown word is kept in upper case and counted (docs/contracts.md §9).
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from smartinst.facts import STATES, STATUS_STATE

_ATTEMPT_STATUS_WORDS: Final = {
    "approved": "approved; paid; aprovado; pago; aprobado; pagado",
    "complete": "complete; completed; completo; concluido; completado",
    "delayed": (
        "delayed; overdue; late; past due; unpaid; not paid; atrasado; atraso; vencido; nao pago; "
        "inadimplente; no pago; no pagado; impago; mora"
    ),
    "canceled": ("canceled; cancelation; cancelado; cancelamento; anulado; cancelacion"),
    "waiting": (
        "waiting; awaiting; pending; printed; generated; issued; started; initiated; pre order; "
        "preorder; aguardando; pendente; impresso; gerado; emitido; iniciado; pre venda; prevenda; "
        "pre pedido; esperando; espera; pendiente; impreso; generado; pre venta; preventa"
    ),
    "in_analysis": (
        "analysis; analisys; review; processing; blocked; analise; revisao; processando; "
        "processamento; processo; bloqueado; analisis; revision; procesando; procesamiento; proceso"
    ),
    "disputed": (
        "disputed; dispute; claimed; claim; protested; contested; refund requested; "
        "refund request; disputa; reclamado; reclamacao; protestado; protesto; contestado; "
        "contestacao; reembolso solicitado; solicitacao reembolso; pedido reembolso; reclamo; "
        "reclamacion; solicitud reembolso"
    ),
    "refunded": (
        "refunded; refund; reembolsado; reembolso; estornado; estorno; devolvido; devolucao; "
        "devuelto; devolucion"
    ),
    "partially_refunded": (
        "partially refunded; partial refund; parcialmente reembolsado; reembolso parcial; "
        "parcialmente estornado; estorno parcial; parcialmente devolvido; devolucao parcial; "
        "parcialmente devuelto; devolucion parcial"
    ),
    "charged_back": "chargeback; charge back; charged back; contracargo; contra cargo",
    "expired": "expired; expirado; caducado",
    "refused": (
        "refused; declined; rejected; denied; failed; no funds; insufficient funds; not approved; "
        "not authorized; not authorised; unauthorized; recusado; negado; rejeitado; falhou; "
        "nao aprovado; nao autorizado; sem saldo; sem fundos; saldo insuficiente; "
        "fundos insuficientes; rechazado; denegado; fallido; no aprobado; no autorizado; "
        "sin saldo; sin fondos; fondos insuficientes"
    ),
}
"""Canonical attempt status → words for it in English, Portuguese and Spanish, in any order."""

_FUNCTION_WORDS: Final = "a o as os la el de do da del the for of by em en in under".split()
"""Words that do not change the meaning of a status: Em análise, En disputa, Waiting for payment."""

_SUBJECTS: Final = (
    "purchase payment transaction sale order billet slip pix boleto compra pagamento transacao "
    "venda pedido cobranca transaccion venta cobro".split()
)
"""Nouns beside a status: Pagamento atrasado, Compra aprobada, Billet printed."""

_BILLING_TYPE_SPELLINGS: Final = {"HOTMART_INSTALLMENTS_UNIQUE_LINK": "HOTMART_INSTALLMENTS"}

_INSTALLMENTS: Final = r"\b(?:parcela|cuota|instal+ment|em \d+ vezes|en \d+ veces)"
_BILLING_TYPE_PATTERNS: Final = (
    ("SMART_RECOVERY", r"\b(?:inteligente|smart|intelligent)", r"\brec(?:uper|over)"),
    ("SMART_INSTALLMENT", r"\b(?:inteligente|smart|intelligent)", _INSTALLMENTS),
    ("HOTMART_INSTALLMENTS", r"\bhotmart\b", _INSTALLMENTS),
    ("BILLET_INSTALLMENT", r"\b(?:boleto|billet|pix|bank slip|payment slip)\b", _INSTALLMENTS),
)
"""Billing type, and the two patterns that must both occur in `Tipo de cobrança`.

Examples: Recuperador Inteligente, Pago inteligente en cuotas, Parcelado Hotmart, Boleto parcelado.
"""

_PAYMENT_TYPE_TRANSLATIONS: Final = {
    "CREDIT_CARD": "cartao de credito; tarjeta de credito",
    "BILLET": "boleto; boleto bancario; bank slip; payment slip",
    "FINANCED_BILLET": "boleto financiado; boleto parcelado; financed bank slip",
    "FINANCED_INSTALLMENT": "parcelamento financiado",
    "HOTMART_INSTALLMENTS": "",
    "PIX": "",
    "PAYPAL": "pay pal",
    "PAYPAL_INTERNACIONAL": "",
    "GOOGLE_PAY": "gpay",
    "APPLE_PAY": "",
    "SAMSUNG_PAY": "",
    "PICPAY": "",
    "HOTCARD": "",
    "HYBRID": "hibrido",
    "WALLET": "carteira; carteira digital; billetera; billetera digital; digital wallet",
    "HOTMART_BALANCE": "saldo hotmart; saldo de hotmart; saldo na hotmart",
    "BALANCE_HOTMART": "",
    "DIRECT_DEBIT": "debito direto; debito directo; domiciliacion bancaria",
    "DIRECT_BANK_TRANSFER": (
        "transferencia bancaria direta; transferencia bancaria directa; transferencia bancaria; "
        "bank transfer"
    ),
    "MANUAL_TRANSFER": "transferencia manual",
    "ECHECK": "",
    "CASH_PAYMENT": "dinheiro; pagamento em dinheiro; efectivo; pago en efectivo; cash",
}
"""Payment type of the API → other words for it in `Método de pagamento`, in three languages."""

PAYMENT_TYPES: Final = frozenset(_PAYMENT_TYPE_TRANSLATIONS)
"""Observed or documented payment types (docs/hotmart.md §2.4); others are kept and counted."""

_PAYMENT_TYPE_BY_WORDS: Final = {
    words: payment_type
    for payment_type, translations in _PAYMENT_TYPE_TRANSLATIONS.items()
    for words in (payment_type.lower().replace("_", " "), *translations.split("; "))
    if words
}

_GENDER_MARK: Final = re.compile(r"\((?:o|a|s|os|as)\)|/(?:o|a|os|as)\b")
_WORD_SEPARATORS: Final = re.compile(r"[^a-z0-9]+")
_PUNCTUATION: Final = re.compile(r"[\W_]+")
_ENDING: Final = re.compile(r"(?<=[a-z]{3})[oa]s?$")

_PLAN_STATUSES: Final = {"PAST_DUE": "DELAYED", "EXPIRED": "OVERDUE"}


def normalize(text: str) -> str:
    """The text in lower case, without accents and repeated spaces."""
    decomposed = unicodedata.normalize("NFKD", text)
    base = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(base.casefold().split())


def separate_words(text: str) -> str:
    """The normalized text with one space for punctuation."""
    return _PUNCTUATION.sub(" ", normalize(text)).strip()


def attempt_status(word: str | None) -> str | None:
    """The canonical status of a word in English, Portuguese or Spanish; None if it is unknown.

    Case, accents, separators, gender, number and one or two L make no difference.
    """
    return _status_of(word) if word else None


@lru_cache(maxsize=1024)
def _status_of(word: str) -> str | None:
    stems = _stems(word)
    statuses = (_STATUS_BY_STEMS.get(stems - ignored) for ignored in _IGNORED_STEMS)
    return next(filter(None, statuses), None)


def _stems(text: str) -> frozenset[str]:
    """The words of a text in any order, without function words, endings -o, -a, -os, -as, and LL.

    `Reembolsado(a) parcialmente` and `PARCIALMENTE_REEMBOLSADAS` have the same stems.
    """
    words = _WORD_SEPARATORS.sub(" ", _GENDER_MARK.sub("", normalize(text))).split()
    return frozenset(
        _ENDING.sub("", word).replace("ll", "l") for word in words if word not in _FUNCTION_WORDS
    )


def attempt_state(status: str | None) -> str:
    """The state of an attempt with this canonical status; `unknown` for any other word."""
    return STATUS_STATE.get(status or "", STATES[0])


def billing_type(word: str | None) -> str | None:
    """The billing type that a payment mode or billing type stands for, in upper case."""
    return word and _BILLING_TYPE_SPELLINGS.get(word, word)


@lru_cache(maxsize=1024)
def billing_type_in_export(text: str) -> str | None:
    """The billing type of a `Tipo de cobrança`; None if such sales belong to no plan."""
    words = separate_words(text)
    return next(
        (
            billing
            for billing, *patterns in _BILLING_TYPE_PATTERNS
            if all(re.search(pattern, words) for pattern in patterns)
        ),
        None,
    )


@lru_cache(maxsize=1024)
def payment_type_in_export(text: str) -> str:
    """The payment type of a `Método de pagamento`; an unknown word in upper case."""
    return _PAYMENT_TYPE_BY_WORDS.get(separate_words(text), text.upper())


def normalize_plan_status(text: str | None) -> str | None:
    """The platform's status of a plan in one spelling: CANCELED_BY_SELLER, DELAYED, OVERDUE…"""
    if text is None:
        return None
    status = text.upper().replace("CANCELLED", "CANCELED").replace("_BY_VENDOR", "_BY_SELLER")
    return _PLAN_STATUSES.get(status, status)


_SUBJECT_STEMS: Final = _stems(" ".join(_SUBJECTS))
_IGNORED_STEMS: Final[tuple[frozenset[str], ...]] = (
    frozenset(),
    _SUBJECT_STEMS,
    _SUBJECT_STEMS | _stems("pago"),
)
"""Tried in this order; `pago` last, since it is Spanish for payment and Portuguese for paid."""

_STATUS_BY_STEMS: Final = {
    _stems(word): status
    for status, words in _ATTEMPT_STATUS_WORDS.items()
    for word in words.split(";")
}
