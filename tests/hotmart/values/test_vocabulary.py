"""Words of the platform in three languages (smartinst/hotmart/values/vocabulary.py)."""

from __future__ import annotations

import pytest

from smartinst.facts import STATUS_STATE
from smartinst.hotmart.values.vocabulary import (
    PAYMENT_TYPES,
    attempt_status,
    billing_type_in_export,
    payment_type_in_export,
)

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


BILLING_WORDS = [
    ("Parcelamento Inteligente", "SMART_INSTALLMENT"),
    ("Pago inteligente en cuotas", "SMART_INSTALLMENT"),
    ("Cuotas inteligentes", "SMART_INSTALLMENT"),
    ("Smart Installments", "SMART_INSTALLMENT"),
    ("Smart installment plan", "SMART_INSTALLMENT"),
    ("SMART_INSTALLMENT", "SMART_INSTALLMENT"),
    ("Intelligent Instalment", "SMART_INSTALLMENT"),
    ("Recuperador Inteligente", "SMART_RECOVERY"),
    ("Recuperación inteligente", "SMART_RECOVERY"),
    ("Smart Recovery", "SMART_RECOVERY"),
    ("Parcelado Hotmart", "HOTMART_INSTALLMENTS"),
    ("Cuotas Hotmart", "HOTMART_INSTALLMENTS"),
    ("HOTMART_INSTALLMENTS", "HOTMART_INSTALLMENTS"),
    ("Boleto Parcelado", "BILLET_INSTALLMENT"),
    ("Pix parcelado", "BILLET_INSTALLMENT"),
    ("BILLET_INSTALLMENT", "BILLET_INSTALLMENT"),
    ("Parcelamento Padrão", None),
    ("Apenas à vista", None),
    ("Assinatura", None),
    ("Recorrência", None),
    ("Pago en cuotas", None),
    ("Installments", None),
]


@pytest.mark.parametrize(("word", "billing"), BILLING_WORDS)
def test_exports_have_billing_types_in_three_languages(word: str, billing: str | None) -> None:
    assert billing_type_in_export(word) == billing


PAYMENT_WORDS = [
    ("Cartão de Crédito", "CREDIT_CARD"),
    ("Tarjeta de crédito", "CREDIT_CARD"),
    ("Credit card", "CREDIT_CARD"),
    ("CREDIT_CARD", "CREDIT_CARD"),
    ("Boleto Bancário", "BILLET"),
    ("PIX", "PIX"),
    ("Pago en efectivo", "CASH_PAYMENT"),
    ("Transferencia bancaria directa", "DIRECT_BANK_TRANSFER"),
    ("Google Pay", "GOOGLE_PAY"),
    ("Escambo", "ESCAMBO"),
]


@pytest.mark.parametrize(("word", "method"), PAYMENT_WORDS)
def test_exports_have_payment_types_in_three_languages(word: str, method: str) -> None:
    assert payment_type_in_export(word) == method


@pytest.mark.parametrize("payment_type", sorted(PAYMENT_TYPES))
def test_a_payment_type_of_the_api_is_a_word_for_itself_in_exports(payment_type: str) -> None:
    for text in (payment_type, payment_type.lower(), payment_type.replace("_", " ").title()):
        assert payment_type_in_export(text) == payment_type
