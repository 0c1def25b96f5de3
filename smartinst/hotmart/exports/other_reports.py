"""Recognition of the platform's other tables by words of their header, to say what to do instead.

Their columns are not known (docs/hotmart.md §4), so a header counts only if it has several words
of a report.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from smartinst.hotmart.exports.columns import normalize_header

_EXPORT_DETAILED: Final = "export the sales history in the detailed model instead"
_CHANGE_LANGUAGE: Final = (
    "set the account's language to Portuguese, Spanish or English and export again"
)
MIN_WORDS: Final = 4


@dataclass(frozen=True)
class _ReportKind:
    """The reason for a report, and patterns of headers, of which `needed` must occur."""

    reason: str
    patterns: tuple[str, ...]
    needed: int


_KINDS: Final = (
    _ReportKind(
        f"a sales export in the older model: {_EXPORT_DETAILED}",
        (r"transacao", r"numero parcela", r"data venda", r"nome produto", r"preco oferta"),
        4,
    ),
    _ReportKind(
        f"the Smart Installments Report, whose columns are not known: {_EXPORT_DETAILED}",
        (
            r".*(smart instal+ments?|parcelamento inteligente|pago inteligente).*",
            r".*(due date|vencimento|vencimiento).*(instal+ment|parcela|cuota).*|"
            r".*(instal+ment|parcela|cuota).*(due date|vencimento|vencimiento).*",
            r".*(buyer|comprador|customer|cliente).*",
            r".*(product|produto|producto).*",
        ),
        3,
    ),
    _ReportKind(
        f"a report of subscriptions: {_EXPORT_DETAILED}",
        (
            r"was there trial period|houve periodo.*trial.*|hubo periodo.*prueba.*",
            r"are there past unpaid recurrences|.*recorrencias.*(nao pagas|em aberto).*|"
            r".*recurrencias.*(impagas|no pagadas).*",
            r"customer area code",
            r"customer phone",
            r"total commission|comissao total|comision total",
            r"(codigo|id) (assinante|assinatura|suscriptor|suscripcion)|"
            r"subscri(ber|ption) (code|id)",
            r"(status|estado|estatus).*(assinatura|suscripcion)|subscription status",
            r"(data|fecha).*(adesao|adhesion)|(accession|subscription|enrol+ment) date",
            r"(plano|plan)( .*)?|nome plano|nombre plan|plan name",
        ),
        3,
    ),
    _ReportKind(
        f"a statement of balances, such as that of the wallet: {_EXPORT_DETAILED}",
        (
            r"saldo( .*)?|(.* )?balance",
            r"data( .*)?|fecha( .*)?|date( .*)?",
            r"(descricao|descripcion|description|lancamento|movimentacao|movimiento)( .*)?",
            r"(valor|importe|monto|amount|entrada|saida|credito|debito|credit|debit)( .*)?",
        ),
        4,
    ),
)

_LANGUAGE_WORDS: Final = {
    "French": r"(transaction|acheteur|achat|devise|paiement|produit|abonn|statut|impot|echeance|"
    r"versement|montant)\w*",
    "German": r"(transaktion|kaufer|kauf|wahrung|zahlung|produkt|abonnent|steuer|betrag|raten|"
    r"telefon)\w*",
    "Italian": r"(transazion|acquirent|acquist|valuta|pagament|prodott|abbonat|stato|impost|"
    r"rate|telefono|codice|paese)\w*",
}
"""Language → words of a sales export in it, without accents."""
_TRANSACTION_STEMS: Final = {
    "French": "transaction",
    "German": "transaktion",
    "Italian": "transazion",
}


def describe_report(names: Sequence[str]) -> str | None:
    """What the table with this header is, and what to do instead; None for any other table."""
    headers = {normalize_header(name) for name in names} - {""}
    if len(headers) < MIN_WORDS:
        return None
    for kind in _KINDS:
        if sum(_occurs(pattern, headers) for pattern in kind.patterns) >= kind.needed:
            return kind.reason
    return describe_language(names)


def describe_language(names: Sequence[str]) -> str | None:
    """The reason for refusing an export in French, German or Italian; None for another table."""
    headers = {normalize_header(name) for name in names}
    language = _foreign_language(headers)
    return f"a sales export in {language}: {_CHANGE_LANGUAGE}" if language else None


def _occurs(pattern: str, headers: set[str]) -> bool:
    return any(re.fullmatch(pattern, header) for header in headers)


def _foreign_language(headers: set[str]) -> str | None:
    """French, German or Italian if the headers have several distinctive words of it."""
    words = {word for header in headers for word in header.split()}
    for language, pattern in _LANGUAGE_WORDS.items():
        stems = {match.group(1) for word in words if (match := re.fullmatch(pattern, word))}
        if _TRANSACTION_STEMS[language] in stems and len(stems) >= MIN_WORDS:
            return language
    return None
