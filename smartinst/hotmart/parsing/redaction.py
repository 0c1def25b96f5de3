"""What may be kept of a refused or foreign document: nothing that docs/contracts.md §9 removes."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Final

EXCERPT: Final = 200
_MAX_LEVELS: Final = 8
_MAX_MEMBERS: Final = 200
_HIDDEN: Final = "…"
_SHOWN: Final = frozenset(
    "event version creation_date creationDate status billing_type transaction subscription_id subscriber_code number "
    "number_list max_cycles installment_type installment_number currency currency_code currency_value payment_type "
    "last_update adoption_date order_date approved_date start_datetime cancellation_date refund_chargeback_date "
    "transaction_type transaction_sequence recurrence_number payment_mode source ordered approved amount billing "
    "installments".split()
)
"""Members whose values an excerpt may show."""

_PRIVATE: Final = (
    "doc",  # document, document_type, documents, doc, doc_type, producer_document
    "cpf",
    "cnpj",
    "tax",
    "identif",
    "hottok",
    "token",
    "secret",
    "password",
    "address",
    "endereco",
    "street",
    "zip",
    "postal",
    "neighborhood",
    "bairro",
    "complement",
    "pix",
    "billet",
    "qrcode",
    "barcode",
    "url",
)
"""Parts of the names of members that are never kept."""

_LINKS: Final = ("http://", "https://")
_PAYMENT_CODE: Final = re.compile(
    r"br\.gov\.bcb\.pix|(?<!\w)000201(?:0102|26)|(?<!\d)(?:\d[ .-]?){43,47}\d(?!\d)",
    re.IGNORECASE | re.ASCII,
)
"""A Pix code, or the 44, 47 or 48 digits of a slip, wherever they stand; a transaction's own digits are neither."""


def excerpt(item: object) -> str:
    """The first 200 characters of an item as JSON: the values of its harmless members, else their names."""
    return (
        json.dumps(_shown(item), ensure_ascii=False, separators=(",", ":"))[:EXCERPT]
        .encode("utf-8", "replace")
        .decode()
    )


def body_fingerprint(body: bytes) -> str:
    """What is kept of a body that cannot be parsed: its hash and size."""
    return f"sha256 {hashlib.sha256(body).hexdigest()}, {len(body)} bytes"


def redact(value: object, level: int = 0) -> object:
    """A copy without private members, links and payment codes; what lies deeper than 8 levels is left out."""
    if isinstance(value, (dict, list)) and level == _MAX_LEVELS:
        return _HIDDEN
    if isinstance(value, dict):
        members = list(value.items())[:_MAX_MEMBERS]
        return {
            str(k)[:EXCERPT]: redact(v, level + 1) for k, v in members if not is_private(str(k))
        }
    if isinstance(value, list):
        return [redact(v, level + 1) for v in value[:_MAX_MEMBERS]]
    if isinstance(value, str) and (
        any(link in value for link in _LINKS) or has_payment_code(value)
    ):
        return _HIDDEN
    return value


def has_payment_code(text: str) -> bool:
    """Whether a text holds a code that a Pix or a slip is paid by."""
    return _PAYMENT_CODE.search(text) is not None


def is_private(name: str) -> bool:
    """Whether a member of this name is never kept."""
    bare = name.casefold()
    return any(part in bare for part in _PRIVATE)


def _shown(value: object, level: int = 0) -> object:
    """The harmless values of a document; where it has none, the names of its members."""
    if level == _MAX_LEVELS:
        return None
    if isinstance(value, list):
        return [one for one in (_shown(inner, level + 1) for inner in value[:3]) if one]
    if not isinstance(value, dict):
        return None
    names = [str(name)[:40] for name in list(value)[:_MAX_MEMBERS] if not is_private(str(name))]
    money = any(name.startswith("currency") for name in names)
    kept = {name: _value(name, value.get(name), money, level) for name in names}
    return {name: one for name, one in kept.items() if one is not None and one != []} or (
        names if level == 0 else None
    )


def _value(name: str, value: object, money: bool, level: int) -> object:
    if isinstance(value, (dict, list)):
        return _shown(value, level + 1)
    if name not in _SHOWN and not (money and name == "value"):
        return None
    return value[:60] if isinstance(value, str) else value
