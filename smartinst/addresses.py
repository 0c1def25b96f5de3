"""Validation of e-mail addresses and links that are safe in a mail header."""

from __future__ import annotations

import re
import unicodedata
from email.utils import parseaddr
from typing import Final

_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[^\s@<>()\[\]\\,;:\"\x00-\x20\x7f]{1,255}"
)
_LINK: Final = re.compile(r"(?:mailto:|https://)[!#-;=?-~]+")


def encode_domain(address: str) -> str:
    """The address with its domain in ASCII (`ana@açaí.example` → `ana@xn--…`).

    UnicodeError if that is impossible, or if Python's IDNA 2003 rules would change the domain
    (`straße`).
    """
    local_part, separator, domain = address.rpartition("@")
    if not separator:
        return address
    ascii_domain = domain.encode("idna").decode("ascii")
    decoded_domain = ascii_domain.encode("ascii").decode("idna")
    if not domain.isascii() and decoded_domain != unicodedata.normalize("NFC", domain).lower():
        raise UnicodeError(
            f"the domain {domain} would become {ascii_domain}: write it in ASCII (xn--…)"
        )
    return f"{local_part}{separator}{ascii_domain}"


def validate_address(value: str) -> str:
    """The value, if it is one e-mail address without a name; else ValueError."""
    if not _ADDRESS.fullmatch(value):
        raise ValueError("expected one address such as owner@example.com")
    encode_domain(value)
    return value


def validate_mailbox(value: str) -> str:
    """The value, if it is one address, with or without a name (`Reports <reports@example.com>`)."""
    validate_address(parseaddr(value)[1] if "<" in value else value)
    return value


def validate_link(value: str) -> str:
    """The value, if it is a mailto or https link, possibly with `{seller}`; else ValueError."""
    link = value.strip()
    if not _LINK.fullmatch(link.replace("{seller}", "seller")):
        raise ValueError(f"expected mailto:… or https://…, found {value!r}")
    return link
