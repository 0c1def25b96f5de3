"""Words of the sales export in Portuguese, Spanish and English, translated to those of the API."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from smartinst.hotmart.values.vocabulary import PAYMENT_TYPES, normalize

_SEPARATORS: Final = re.compile(r"[\W_]+")

_INSTALLMENTS: Final = r"\b(?:parcela|cuota|instal+ment|em \d+ vezes|en \d+ veces)"
_BILLING_PATTERNS: Final = (
    ("SMART_RECOVERY", r"\b(?:inteligente|smart|intelligent)", r"\brec(?:uper|over)"),
    ("SMART_INSTALLMENT", r"\b(?:inteligente|smart|intelligent)", _INSTALLMENTS),
    ("HOTMART_INSTALLMENTS", r"\bhotmart\b", _INSTALLMENTS),
    ("BILLET_INSTALLMENT", r"\b(?:boleto|billet|pix|bank slip|payment slip)\b", _INSTALLMENTS),
)
"""Billing type, and the two patterns that must both occur in `Tipo de cobrança`.

Examples: Recuperador Inteligente, Pago inteligente en cuotas, Parcelado Hotmart, Boleto parcelado.
"""

_PAYMENT_WORDS: Final = {
    "CREDIT_CARD": "cartao de credito; tarjeta de credito; credit card",
    "BILLET": "boleto; boleto bancario; billet; bank slip; payment slip",
    "FINANCED_BILLET": "boleto financiado; boleto parcelado; financed billet; financed bank slip",
    "FINANCED_INSTALLMENT": "parcelamento financiado; financed installment",
    "PIX": "pix",
    "PAYPAL": "paypal; pay pal",
    "GOOGLE_PAY": "google pay; gpay",
    "APPLE_PAY": "apple pay",
    "SAMSUNG_PAY": "samsung pay",
    "PICPAY": "picpay",
    "HOTCARD": "hotcard",
    "HYBRID": "hibrido; hybrid",
    "WALLET": "carteira; carteira digital; billetera; billetera digital; wallet; digital wallet",
    "HOTMART_BALANCE": "saldo hotmart; saldo de hotmart; saldo na hotmart; hotmart balance",
    "DIRECT_DEBIT": "debito direto; debito directo; domiciliacion bancaria; direct debit",
    "DIRECT_BANK_TRANSFER": (
        "transferencia bancaria direta; transferencia bancaria directa; transferencia bancaria; "
        "direct bank transfer; bank transfer"
    ),
    "MANUAL_TRANSFER": "transferencia manual; manual transfer",
    "CASH_PAYMENT": (
        "dinheiro; pagamento em dinheiro; efectivo; pago en efectivo; cash; cash payment"
    ),
}
"""Payment type of the API → `Método de pagamento` of the export in three languages."""
_PAYMENT_TYPES: Final = {
    word.strip(): payment_type
    for payment_type, words in _PAYMENT_WORDS.items()
    for word in words.split(";")
}

_SHARES: Final = re.compile(r"co ?prod|afil|affil", re.ASCII)


@lru_cache(maxsize=1024)
def billing_type(word: str) -> str | None:
    """The billing type of a `Tipo de cobrança`; None if such sales belong to no plan."""
    text = _words(word)
    return next(
        (
            billing
            for billing, *patterns in _BILLING_PATTERNS
            if all(re.search(pattern, text) for pattern in patterns)
        ),
        None,
    )


@lru_cache(maxsize=1024)
def payment_type(word: str) -> str:
    """The payment type of a `Método de pagamento`; an unknown word in upper case."""
    text = _words(word)
    api_word = text.replace(" ", "_").upper()
    return api_word if api_word in PAYMENT_TYPES else _PAYMENT_TYPES.get(text, word.upper())


@lru_cache(maxsize=1024)
def is_share(word: str) -> bool:
    """Whether `Venda feita como` is co-producer or affiliate: a share in another's sale."""
    return _SHARES.match(_words(word)) is not None


def _words(text: str) -> str:
    return _SEPARATORS.sub(" ", normalize(text)).strip()
