"""What may be kept of a refused or foreign document: nothing that DESIGN §9 removes."""

from __future__ import annotations

import hashlib
import json
from typing import Final

EXCERPT: Final = 200
_MAX_LEVELS: Final = 8
_MAX_MEMBERS: Final = 200
_PRIVATE: Final = (
    "doc",  # document, document_type, documents, doc, doc_type, producer_document
    "hottok",
    "token",
    "address",
    "endereco",
    "street",
    "zip",
    "postal",
    "neighborhood",
    "bairro",
    "complement",
    "pix",
    "qrcode",
    "barcode",
    "billet_",
    "reprint",
    "url",
    "secret",
    "password",
    "cpf",
    "cnpj",
)
_KEPT: Final = ("pix_expiration_date", "billet_expiration_date")
_CODES: Final = ("http://", "https://", "br.gov.bcb.pix", "000201")


def excerpt(item: object) -> str:
    """The first 200 characters of an item as JSON, less what is private."""
    return json.dumps(redacted(item), ensure_ascii=True, default=str, separators=(",", ":"))[:EXCERPT]


def fingerprint(body: bytes) -> str:
    """What is kept of a body that cannot be parsed: its hash and size."""
    return f"sha256 {hashlib.sha256(body).hexdigest()}, {len(body)} bytes"


def redacted(value: object, level: int = 0) -> object:
    """A copy without private members, links and payment codes; what lies deeper than 8 levels is left out."""
    if isinstance(value, (dict, list)) and level == _MAX_LEVELS:
        return "…"
    if isinstance(value, dict):
        members = list(value.items())[:_MAX_MEMBERS]
        return {str(k)[:EXCERPT]: redacted(v, level + 1) for k, v in members if not is_private(str(k))}
    if isinstance(value, list):
        return [redacted(v, level + 1) for v in value[:_MAX_MEMBERS]]
    return "…" if isinstance(value, str) and any(code in value for code in _CODES) else value


def is_private(name: str) -> bool:
    """Whether a member of this name is never kept."""
    bare = name.casefold()
    return bare not in _KEPT and any(part in bare for part in _PRIVATE)
