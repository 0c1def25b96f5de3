"""E-mail addresses and links as they may stand in a header: one each, and nothing smuggled in."""

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
    """An address whose domain is written in ASCII (`ana@açaí.example` → `ana@xn--…`).

    UnicodeError where it cannot be, or where Python's older rules would turn it into somebody else's (`straße`).
    """
    local, at, domain = address.rpartition("@")
    if not at:
        return address
    written = domain.encode("idna").decode("ascii")
    if (
        not domain.isascii()
        and written.encode("ascii").decode("idna") != unicodedata.normalize("NFC", domain).lower()
    ):
        raise UnicodeError(f"the domain {domain} would become {written}: write it in ASCII (xn--…)")
    return f"{local}{at}{written}"


def validate_address(value: str) -> str:
    """Exactly one bare e-mail address; ValueError for anything else."""
    if not _ADDRESS.fullmatch(value):
        raise ValueError("expected one address such as owner@example.com")
    encode_domain(value)
    return value


def validate_mailbox(value: str) -> str:
    """One address, bare or behind a name (`Reports <reports@example.com>`); ValueError for anything else."""
    validate_address(parseaddr(value)[1] if "<" in value else value)
    return value


def validate_link(value: str) -> str:
    """A mailto or https link, its `{seller}` not yet filled in; ValueError for anything else."""
    link = value.strip()
    if not _LINK.fullmatch(link.replace("{seller}", "seller")):
        raise ValueError(f"expected mailto:… or https://…, found {value!r}")
    return link
