"""Columns of the detailed sales export, found by their names in three languages.

Exports follow the account's language, and some mix two (docs/hotmart.md §4.2–4.5). Portuguese
names come first, and messages use them. Most Spanish names and a few English ones have been seen;
the others are likely translations.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from smartinst.hotmart.values.vocabulary import normalize
from smartinst.text_cache import cache_short_texts

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "transaction": (
        "Código da transação",
        "Código de la transacción",
        "Transaction code; Transaction ID; Code of the transaction",
    ),
    "status": (
        "Status da transação; Situação da transação",
        "Estatus de la transacción; Estado de la transacción; Status de la transacción",
        "Transaction status; Status of the transaction",
    ),
    "ordered": (
        "Data da transação",
        "Fecha de la transacción",
        "Transaction date; Date of the transaction",
    ),
    "approved": (
        "Confirmação do pagamento; Data de confirmação do pagamento",
        "Confirmación del pago; Fecha de confirmación del pago",
        "Payment confirmation; Payment confirmation date; Confirmation of payment; "
        "Payment confirmed",
    ),
    "product_id": (
        "Código do produto",
        "Código del producto",
        "Product code; Product ID",
    ),
    "product": (
        "Produto; Nome do produto",
        "Producto; Nombre del producto",
        "Product; Product name",
    ),
    "offer": (
        "Código do preço; Código da oferta",
        "Código del precio; Código de la oferta",
        "Price code; Offer code; Price ID",
    ),
    "currency": (
        "Moeda de compra",
        "Moneda de compra",
        "Purchase currency; Currency of purchase",
    ),
    "amount": (
        "Valor de compra sem impostos",
        "Valor de compra sin impuestos",
        "Purchase value without taxes; Purchase price without taxes; "
        "Purchase amount without taxes; Purchase value excluding taxes; "
        "Purchase value before taxes",
    ),
    "total": (
        "Valor de compra com impostos",
        "Valor de compra con impuestos",
        "Purchase value with taxes; Purchase price with taxes; Purchase amount with taxes; "
        "Purchase value including taxes",
    ),
    "net_currency": (
        "Moeda de recebimento",
        "Moneda en la que recibirás los valores; Moneda de recibimiento; Moneda de recepción",
        "Payout currency; Receiving currency; Currency in which you will receive the values; "
        "Currency you will receive; Currency you will be paid in",
    ),
    "own_net": (
        "Faturamento líquido",
        "Facturación neta",
        "Net revenue; Net billing; Net earnings; Net income",
    ),
    "producer_net": (
        "Faturamento líquido do(a) Produtor(a)",
        "Facturación neta del Productor(a)",
        "Producer's net revenue; Net revenue of the Producer; Producer's net billing; "
        "Producer's net earnings; Net earnings of the Producer; Creator's net revenue",
    ),
    "sold_as": (
        "Venda feita como",
        "Venta hecha como; Venta realizada como",
        "Sale made as; Sold as; Sale made by",
    ),
    "payment": (
        "Método de pagamento; Meio de pagamento",
        "Método de pago; Medio de pago",
        "Payment method; Method of payment",
    ),
    "billing": (
        "Tipo de cobrança",
        "Tipo de cobro; Tipo de cobranza; Tipo de facturación; Modalidad de cobro",
        "Billing type; Type of billing; Charge type; Type of charge; Charging type",
    ),
    "installments": (
        "Quantidade total de parcelas; Total de parcelas; Número total de parcelas",
        "Cantidad total de cuotas; Total de cuotas; Número total de cuotas",
        "Total number of installments; Total installments; Total quantity of installments; "
        "Number of installments; Quantity of installments",
    ),
    "number": (
        "Quantidade de cobranças; Número da cobrança",
        "Cantidad de cobros; Número de cobros; Cantidad de cobranzas",
        "Number of charges; Quantity of charges; Number of billings; Charge number",
    ),
    "expires": (
        "Data de vencimento (vouchers)",
        "Fecha de vencimiento (vouchers)",
        "Due date (vouchers); Expiration date (vouchers); Voucher due date",
    ),
    "buyer": (
        "Comprador(a); Nome do(a) Comprador(a)",
        "Nombre del Comprador(a)",
        "Buyer; Buyer's name; Name of the buyer",
    ),
    "email": (
        "Email do(a) Comprador(a)",
        "Email del Comprador(a); Correo del Comprador(a); Correo electrónico del Comprador(a)",
        "Buyer's email; Email of the buyer; Buyer's email address",
    ),
    "country": ("País", "País del Comprador(a)", "Country; Buyer's country"),
    "phone": ("Telefone", "Teléfono", "Phone; Phone number; Telephone"),
    "code": (
        "Código do assinante",
        "Código del suscriptor; Código del abonado; Código de suscripción; "
        "Código de la suscripción",
        "Subscriber code; Subscriber's code; Subscriber ID; Subscription code",
    ),
    "refusal": (
        "Motivo de recusa de cartão",
        "Motivo de rechazo de la tarjeta; Motivo del rechazo de tarjeta; "
        "Motivo de denegación de la tarjeta",
        "Card refusal reason; Reason for card refusal; Card decline reason; "
        "Reason for card decline; Card rejection reason",
    ),
}
"""Key of a column → its names in Portuguese, Spanish and English, alternatives by semicolon."""

REQUIRED_COLUMNS: Final = tuple(
    "transaction status ordered currency amount billing installments number code".split()
)

_UNUSED_COLUMNS: Final = (
    "Produtor(a); Nome deste preço; Taxa de conversão (moeda de compra); "
    "Impostos locais de compra + taxa de parcelamento; "
    "Taxa de conversão (moeda de recebimento); Faturamento bruto (sem impostos); "
    "Comissão do(a) Afiliado(a); Faturamento do(a) Coprodutor(a); Moeda das taxas; "
    "Taxa de processamento; Tarifa de processamento; Taxa de streaming; Outras taxas; "
    "Nome do(a) Afiliado(a); Canal usado para venda; Código SRC; Código SCK; Código de cupom; "
    "Período gratuito (trial); Quantidade de itens; Documento; Código postal; Cidade; "
    "Estado / Província; Endereço; Bairro; Número; Complemento; Instagram; Tax Solutions; "
    "Tax Collected; Tax Jurisdiction; Ferramenta de venda; Transação do Produto Principal; "
    "Tipo da antecipação de assinatura; Imposto sobre Serviço Hotmart; Impostos locais; "
    "Taxa de parcelamento; Valor do frete bruto; "
    "Productor(a); Nombre de este precio; Tasa de conversión (moneda de compra); "
    "Facturación bruta (sin impuestos); Nombre del Afiliado(a); Tipo de order bump; "
    "Transacción del ordem bump"
)
"""Known names of columns that no figure needs."""

_SMALL_WORDS: Final = frozenset(
    "a o as os da de do das dos del la el los las en of the in for".split()
)
_GENDER: Final = re.compile(r"\((?:a|o|as|os)\)|(?<=\w)/(?:a|o|as|os)\b")
_POSSESSIVE: Final = re.compile(r"['’´`]s?\b")
_SEPARATORS: Final = re.compile(r"[\W_]+")


@cache_short_texts(4096)
def normalize_header(name: str) -> str:
    """A name without case, accents, gender marks, punctuation and small words.

    `Email do(a) Comprador(a)` and `E-mail do Comprador` are both `email comprador`.
    """
    text = _POSSESSIVE.sub("", _GENDER.sub("", normalize(name)))
    text = text.replace("e-mail", "email")
    return " ".join(word for word in _SEPARATORS.split(text) if word and word not in _SMALL_WORDS)


def label(column: str) -> str:
    """The Portuguese name of a column, as messages write it."""
    return COLUMNS[column][0].partition(";")[0]


@cache
def normalized_names() -> dict[str, tuple[str, ...]]:
    """Key of a column → its normalized names, in order of preference."""
    return {column: _normalized("; ".join(names)) for column, names in COLUMNS.items()}


@cache
def known_names() -> frozenset[str]:
    """The normalized names of all known columns, used or not."""
    used_names = (name for spellings in normalized_names().values() for name in spellings)
    return frozenset(used_names) | frozenset(_normalized(_UNUSED_COLUMNS))


def _normalized(names: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(normalize_header(name) for name in names.split(";")))
