"""Removal of private data from documents before they are stored (docs/contracts.md §9)."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Final

from smartinst.text_cache import cache_short_texts

EXCERPT_LENGTH: Final = 200
_MAX_LEVELS: Final = 8
_MAX_MEMBERS: Final = 200
PLACEHOLDER: Final = "…"
"""Replacement of a private value."""
_EXCERPT_MEMBERS: Final = frozenset(
    "event version creation_date creationDate status billing_type transaction subscription_id "
    "subscriber_code number number_list max_cycles installment_type installment_number currency "
    "currency_code currency_value payment_type last_update adoption_date order_date approved_date "
    "start_datetime cancellation_date refund_chargeback_date transaction_type transaction_sequence "
    "recurrence_number payment_mode source ordered approved amount billing installments".split()
)
"""Members whose values an excerpt may contain."""

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
    "addr",  # address, remote_addr
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
    "birth",
    "nascimento",
    "nacimiento",
    "first_name",
    "firstname",
    "last_name",
    "lastname",
    "surname",
    "sobrenome",
    "apellido",
    "affiliat",
    "afiliad",
    "producer",
    "produtor",
    "productor",
    "cookie",
    "session",
    "agent",
    "fingerprint",
    "clid",  # gclid, fbclid
    "shipping",
)
"""A member is never stored if its name contains one of these."""

_PRIVATE_WORDS: Final = frozenset(
    "ip ips ipv4 ipv6 src sck xcod utm link links href rg nif nie dni rut curp ssn dob iban "
    "city cidade ciudad latitude longitude digits cvv headers authorization".split()
)
"""A member is never stored if one of these is a word of its name, as in `buyer_ip`."""

_PERSONAL: Final = (
    "mail",
    "phone",
    "celular",
    "mobile",
    "telefon",
    "whatsapp",
    "full_name",
    "fullname",
)
_PERSONS: Final = frozenset(
    "user buyer subscriber customer client lead student owner contact shopper comprador cliente "
    "assinante suscriptor aluno alumno".split()
)
"""Members about a person, which no figure reads in the detail of an event."""

_NAME_WORDS: Final = re.compile(r"[A-Z]?[a-z]+\d*|[A-Z]+|\d+")

_LINKS: Final = ("http://", "https://")
_PAYMENT_CODE: Final = re.compile(
    r"br\.gov\.bcb\.pix|(?<!\w)000201(?:0102|26)|(?<!\d)(?:\d[ .-]?){43,47}\d(?!\d)",
    re.IGNORECASE | re.ASCII,
)
"""A Pix code, or the 44, 47 or 48 digits of a slip; a transaction code has fewer digits."""


_PERSON_PATTERNS: Final = (
    r"[^\s@<>\"':=]+@[^\s@<>\"',;]+"  # an e-mail address
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{1,4}:){3,}[0-9a-f:]+"  # an IP address
    r"|\b\d{3}\.\d{3}\.\d{3}-\d{2}\b|\b\d{2}\.\d{3}\.\d{3}/\d{4}-\d{2}\b"  # CPF, CNPJ
)
_PERSON_IN_TEXT: Final = re.compile(_PERSON_PATTERNS, re.IGNORECASE | re.ASCII)
"""What the text of an event must not repeat."""

_PERSONAL_TEXT: Final = re.compile(
    rf"https?://\S+|{_PERSON_PATTERNS}"
    r"|(?<![\w-])\d{11}(?![\w-])|(?<![\w-])\d{14}(?![\w-])"
    r"|[\w+/=.%-]{32,}",  # a token
    re.IGNORECASE | re.ASCII,
)
"""What a message of the platform must not repeat."""


def item_excerpt(item: object) -> str:
    """An item as JSON, cut at 200 characters: its harmless members, else the names of all."""
    return (
        json.dumps(_harmless_members(item), ensure_ascii=False, separators=(",", ":"))[
            :EXCERPT_LENGTH
        ]
        .encode("utf-8", "replace")
        .decode()
    )


def body_fingerprint(body: bytes) -> str:
    """Hash and size of a body that cannot be parsed."""
    return f"sha256 {hashlib.sha256(body).hexdigest()}, {len(body)} bytes"


def redact(value: object, level: int = 0) -> object:
    """A copy without private and personal members, links and payment codes.

    E-mail and IP addresses and documents inside texts are removed. It is cut at 8 levels of
    nesting.
    """
    if isinstance(value, (dict, list)) and level == _MAX_LEVELS:
        return PLACEHOLDER
    if isinstance(value, dict):
        names = [name for name in value if not (is_private(name) or _is_personal(name))]
        return {
            name[:EXCERPT_LENGTH]: redact(value[name], level + 1) for name in names[:_MAX_MEMBERS]
        }
    if isinstance(value, list):
        return [redact(element, level + 1) for element in value[:_MAX_MEMBERS]]
    if isinstance(value, str) and (
        any(link in value for link in _LINKS) or has_payment_code(value)
    ):
        return PLACEHOLDER
    return _PERSON_IN_TEXT.sub(PLACEHOLDER, value) if type(value) is str else value


def mask_personal(text: str) -> str:
    """A message of the platform without e-mail and IP addresses, links, documents and tokens."""
    return _PERSONAL_TEXT.sub(PLACEHOLDER, text)


def has_payment_code(text: str) -> bool:
    """Whether a text contains the payment code of a Pix or a slip."""
    return _PAYMENT_CODE.search(text) is not None


@cache_short_texts(4096)
def is_private(name: str) -> bool:
    """Whether a member of this name is never stored."""
    lowercase = name.casefold()
    words = {word.casefold() for word in _NAME_WORDS.findall(name)}
    return any(part in lowercase for part in _PRIVATE) or bool(words & _PRIVATE_WORDS)


def _is_personal(name: str) -> bool:
    """Whether a member of this name is about a person."""
    lowercase = name.casefold()
    return lowercase in _PERSONS or any(part in lowercase for part in _PERSONAL)


def _harmless_members(value: object, level: int = 0) -> object:
    """The members that an excerpt may contain; if there are none, the names of all members."""
    if level == _MAX_LEVELS:
        return None
    if isinstance(value, list):
        excerpts = (_harmless_members(element, level + 1) for element in value[:3])
        return [excerpt for excerpt in excerpts if excerpt]
    if not isinstance(value, dict):
        return None
    names = [name for name in value if not is_private(name)][:_MAX_MEMBERS]
    is_money = any(name.startswith("currency") for name in names)
    values = {name: _harmless_value(name, value.get(name), is_money, level) for name in names}
    members = {name: member for name, member in values.items() if member not in (None, [])}
    return members or ([name[:40] for name in names] if level == 0 else None)


def _harmless_value(name: str, value: object, is_money: bool, level: int) -> object:
    if isinstance(value, (dict, list)):
        return _harmless_members(value, level + 1)
    if name not in _EXCERPT_MEMBERS and not (is_money and name == "value"):
        return None
    return value[:60] if isinstance(value, str) else value
