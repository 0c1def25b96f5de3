"""The outcome of every item in every sample payload of the platform."""

from __future__ import annotations

from collections import Counter

import pytest

from smartinst.hotmart.parsing.files import read_paths
from tests.support.hotmart_payloads import SAMPLES

ONE_ACCEPTED_ITEM = [
    path.name
    for path in sorted(SAMPLES.iterdir())
    if path.name.startswith(("webhook-2.0.0_", "webhook-tester_"))
    and "shopping-cart" not in path.name
]
CANCELLATION_REPLY = "1 a reply to a cancellation or reactivation"
OTHER_SAMPLES = {
    "SYNTHETIC_api_subscriptions-transactions_smart-installment.json": "5 accepted",
    "SYNTHETIC_csv_detailed-model-pt.csv": "3 accepted",
    "api_subscription-cancel-list-recorded.json": CANCELLATION_REPLY,
    "api_subscription-cancel-recorded.json": CANCELLATION_REPLY,
    "api_subscription-change-billing-date-recorded.json": "1 an empty reply",
    "api_subscription-purchases-recorded.json": "15 a subscriber's purchase without its plan",
    "api_subscription-reactivate-list-recorded.json": CANCELLATION_REPLY,
    "api_subscription-reactivate-recorded.json": CANCELLATION_REPLY,
    "api_subscription-recorded.json": "2 a subscription without its transactions",
    "api_subscription-summary-recorded.json": "10 a subscription's summary",
    "api_subscription-transactions-recorded.json": "5 billing type SUBSCRIPTION",
    "doc_autenticacao.json": "1 an authentication token",
    "doc_codigos-resposta-http.json": "1 an error reply",
    "doc_endpoint-alterar-dia-cobranca.json": "1 an error reply",
    "doc_endpoint-cancelar-assinatura.json": CANCELLATION_REPLY,
    "doc_endpoint-cancelar-lista-assinaturas.json": CANCELLATION_REPLY,
    "doc_endpoint-comissoes-vendas.json": "1 a sale's commissions",
    "doc_endpoint-detalhamento-precos-vendas.json": "1 a sale's price details",
    "doc_endpoint-gerar-negociacao.json": "1 a reply to a negotiation",
    "doc_endpoint-historico-vendas.json": "1 payment mode INVOICE",
    "doc_endpoint-obter-assinaturas.json": "1 a subscription without its transactions",
    "doc_endpoint-obter-compras-assinantes.json": "1 a subscriber's purchase without its plan",
    "doc_endpoint-obter-ofertas-produto.json": "1 an offer or a plan of a product",
    "doc_endpoint-obter-planos-produto.json": "3 an offer or a plan of a product",
    "doc_endpoint-obter-produtos.json": "4 a product",
    "doc_endpoint-participantes-vendas.json": "1 sale without a buyer",
    "doc_endpoint-reativar-cobrar-assinatura.json": CANCELLATION_REPLY,
    "doc_endpoint-reativar-cobrar-lista-assinaturas.json": CANCELLATION_REPLY,
    "doc_endpoint-reembolso-vendas.json": "1 an empty reply",
    "doc_endpoint-sumario-assinaturas.json": "1 a subscription's summary",
    "doc_endpoint-sumario-vendas.json": "1 a summary of sales",
    "doc_endpoint-transacoes-assinatura.json": "1 billing type SUBSCRIPTION",
    "doc_webhook-evento-abandono-carrinho.json": "1 event PURCHASE_OUT_OF_SHOPPING_CART",
    "doc_webhook-evento-cancelamento-assinatura.json": "1 accepted",
    "doc_webhook-evento-dado-logistico.json": "1 event ORDER_FULFILLMENT",
    "doc_webhook-evento-modulo-completo.json": "1 accepted",
    "doc_webhook-evento-primeiro-acesso.json": "1 accepted",
    "doc_webhook-evento-troca-dia-cobranca.json": "1 accepted",
    "doc_webhook-evento-troca-plano.json": "1 accepted",
    "doc_webhook-eventos-pedido.json": "1 refused: creation_date: impossible date",
    "webhook-1.0.0_field-names.json": "1 refused: not recognised",
    "webhook-2.0.0_purchase-out-of-shopping-cart_01.json": "1 event PURCHASE_OUT_OF_SHOPPING_CART",
}
OUTCOMES = {**dict.fromkeys(ONE_ACCEPTED_ITEM, "1 accepted"), **OTHER_SAMPLES}


def outcome_summary(name: str) -> str:
    counts = Counter(
        "accepted"
        if outcome.statements
        else outcome.ignore_reason or f"refused: {outcome.refusal_reason}"
        for _, outcome in read_paths([SAMPLES / name], "acme", 256)
    )
    return ", ".join(f"{count} {result}" for result, count in sorted(counts.items()))


@pytest.mark.parametrize("name", OUTCOMES)
def test_every_item_of_a_sample_has_the_expected_outcome(name: str) -> None:
    assert outcome_summary(name) == OUTCOMES[name]


def test_every_sample_is_tested() -> None:
    legacy = "csv_legacy-pt_header-only.csv"
    assert {path.name for path in SAMPLES.iterdir()} == {*OUTCOMES, legacy, "README.md"}
    assert outcome_summary(legacy).startswith("1 refused: a sales export in the older model")
