"""Status words in three languages (smartinst/hotmart/values/vocabulary.py)."""

from __future__ import annotations

import pytest

from smartinst.facts import STATUS_STATE
from smartinst.hotmart.values.vocabulary import attempt_status

WORDS = {
    "approved": (
        "APPROVED; Approved; PAID; Aprovado; Aprovada; Aprovado(a); Aprobada; Compra "
        "aprovada; Pagamento aprovado; Pago aprobado; Pago; Boleto pago; Pagada"
    ),
    "complete": "COMPLETE; COMPLETED; Completo; COMPLETA; Completas; Concluída",
    "delayed": (
        "DELAYED; OVERDUE; Past due; NOT_PAID; Unpaid; Não pago; No pagado; Atrasado; "
        "Atrasada; Pagamento atrasado; Em atraso; Vencido; Pago vencido"
    ),
    "canceled": "CANCELED; CANCELLED; Cancelled; Cancelado; CANCELADAS",
    "waiting": (
        "WAITING_PAYMENT; PRINTED_BILLET; BILLET_PRINTED; STARTED; PRE_ORDER; Waiting for "
        "payment; Pending; Aguardando Pagamento; Pagamento pendente; Boleto Gerado; Pix "
        "gerado; Iniciada; Esperando pago; Pendiente de pago; Pago pendiente; Boleto "
        "impreso; En espera; Iniciado; Pré-venda"
    ),
    "in_analysis": (
        "UNDER_ANALISYS; UNDER_ANALYSIS; In analysis; PROCESSING_TRANSACTION; BLOCKED; Em "
        "Análise; En análisis; Processando transação; En revisión"
    ),
    "disputed": (
        "PROTESTED; DISPUTE; CLAIMED; Disputed; Reclamada; Em disputa; En disputa; "
        "Protestado; Pedido de reembolso; Refund requested"
    ),
    "refunded": "REFUNDED; Refunded; Reembolsado; Reembolsada/o; Devuelto",
    "partially_refunded": (
        "PARTIALLY_REFUNDED; Partial refund; Parcialmente reembolsado; Reembolsado "
        "parcialmente; Reembolsadas parcialmente; Devuelto parcialmente"
    ),
    "charged_back": "CHARGEBACK; Charged back; CHARGE_BACK; Contracargo",
    "expired": "EXPIRED; Expirado; Expirada; Caducado",
    "refused": (
        "NO_FUNDS; Declined; REFUSED; Payment not approved; Recusado; Sem saldo; Não "
        "autorizado; Rechazado; Pago no aprobado; Sin fondos"
    ),
}


@pytest.mark.parametrize(
    ("word", "status"),
    [(word, status) for status, words in WORDS.items() for word in words.split("; ")],
)
def test_a_status_has_one_meaning_in_three_languages(word: str, status: str) -> None:
    spellings = (word, word.upper(), word.lower(), f"  {word} ", word.replace(" ", "_"))
    assert {attempt_status(spelling) for spelling in spellings} == {status}


@pytest.mark.parametrize("status", STATUS_STATE)
def test_a_canonical_status_is_a_word_for_itself(status: str) -> None:
    assert attempt_status(status) == status


UNKNOWN_WORDS = [None, "", " ", "SETTLED", "Estranho", "Pago parcial", "Pedido", "Boleto", "no"]


@pytest.mark.parametrize("word", UNKNOWN_WORDS)
def test_any_other_word_has_no_status(word: str | None) -> None:
    assert attempt_status(word) is None
