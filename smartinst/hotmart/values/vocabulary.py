"""The platform's words for statuses, billing and payment types, translated (docs/hotmart.md §3.5).

An unknown word is kept in upper case and counted (docs/contracts.md §9).
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

PAYMENT_TYPES: Final = frozenset(
    "BILLET CASH_PAYMENT CREDIT_CARD DIRECT_BANK_TRANSFER DIRECT_DEBIT FINANCED_BILLET "
    "FINANCED_INSTALLMENT GOOGLE_PAY APPLE_PAY HOTCARD HYBRID MANUAL_TRANSFER PAYPAL "
    "PAYPAL_INTERNACIONAL HOTMART_INSTALLMENTS PICPAY PIX SAMSUNG_PAY WALLET ECHECK "
    "BALANCE_HOTMART HOTMART_BALANCE".split()
)
"""Observed or documented payment types (docs/hotmart.md §2.4); others are kept and counted."""

_GENDER_MARK: Final = re.compile(r"\((?:o|a|s|os|as)\)|/(?:o|a|os|as)\b")
_WORD_SEPARATORS: Final = re.compile(r"[^a-z0-9]+")
_ENDING: Final = re.compile(r"(?<=[a-z]{3})[oa]s?$")

_PLAN_STATUSES: Final = {"PAST_DUE": "DELAYED", "EXPIRED": "OVERDUE"}


def normalize(text: str) -> str:
    """The text in lower case, without accents and repeated spaces."""
    decomposed = unicodedata.normalize("NFKD", text)
    base = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(base.casefold().split())


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
