"""E-mail addresses and links that are safe in mail headers; addresses of ledger and database."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import quote, unquote, urlsplit

_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART: Final = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_DOMAIN: Final = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*(?!\d+$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.IGNORECASE
)
_ADDRESS: Final = re.compile(
    r"[^\s@<>()\[\]\\,;:\"\x00-\x20\x7f]+@[^\s@<>()\[\]\\,;:\"\x00-\x20\x7f]+"
)
_MAILBOX: Final = re.compile(
    r'\s*(?P<name>"(?:[^"\\]|\\.)*"|[^<>"@]*|[^<>",;]*)\s*<(?P<address>[^<>]*)>\s*', re.DOTALL
)
_LINK: Final = re.compile(r"(?:mailto:|https://)[!#-;=?-~]+")

POSTGRESQL: Final = "postgresql+psycopg://"
WITHOUT_DRIVER: Final = "postgresql://"
MAX_LOCAL_PART: Final = 64
"""Octets before the @ (RFC 5321 §4.5.3.1)."""
MAX_ADDRESS: Final = 254
"""Octets of an address in SMTP, without its angle brackets (RFC 5321 §4.5.3.1)."""
MAX_LINK: Final = 900
"""Characters of an unsubscribe link: a header line has at most 998 and is not folded."""
MAX_SELLER_ID: Final = 64


class Mailbox(NamedTuple):
    """An address with its display name, which is empty if there is none."""

    name: str
    address: str


def one_line(text: str) -> str:
    """A text without line breaks, control characters, surrogates and repeated blanks."""
    return " ".join(
        "".join(
            " " if unicodedata.category(char) in ("Cc", "Cs") else char for char in text
        ).split()
    )


def encode_domain(address: str) -> str:
    """The address with its domain in ASCII (`ana@açaí.example` → `ana@xn--…`).

    UnicodeError if that is impossible, or if Python's IDNA 2003 rules would change the domain
    (`straße`).
    """
    local_part, separator, domain = address.rpartition("@")
    if not separator:
        return address
    ascii_domain = domain.encode("idna").decode("ascii")
    if not domain.isascii():
        decoded_domain = ascii_domain.encode("ascii").decode("idna")
        if decoded_domain != unicodedata.normalize("NFC", domain).lower():
            raise UnicodeError(
                f"the domain {domain} would become {ascii_domain}: write it in ASCII (xn--…)"
            )
    return f"{local_part}{separator}{ascii_domain}"


def validate_address(value: str) -> str:
    """The value, if it is one e-mail address without a name that SMTP can transport.

    Otherwise a ValueError with the value and the reason: a local part that needs SMTPUTF8 or
    quotes, a domain that cannot exist, or a length beyond the limits of SMTP.
    """
    if not _ADDRESS.fullmatch(value):
        raise ValueError(f"{value!r}: expected one address such as owner@example.com")
    try:
        local_part, _, domain = encode_domain(value).rpartition("@")
    except UnicodeError as error:
        raise ValueError(f"{value!r}: {error}") from error
    if not local_part.isascii():
        raise ValueError(f"{value!r}: expected only ASCII characters before the @")
    if not _LOCAL_PART.fullmatch(local_part):
        raise ValueError(f"{value!r}: a dot before the @ must be between two other characters")
    if not _DOMAIN.fullmatch(domain):
        raise ValueError(f"{value!r}: {domain} is not a domain name")
    if len(local_part) > MAX_LOCAL_PART:
        raise ValueError(f"{value!r}: more than {MAX_LOCAL_PART} characters before the @")
    if len(local_part) + len(domain) + 1 > MAX_ADDRESS:
        raise ValueError(f"{value!r}: more than {MAX_ADDRESS} characters")
    return value


def parse_mailbox(value: str) -> Mailbox:
    """The name and address of one mailbox (`Reports <reports@example.com>`), else ValueError.

    A name may be quoted; without quotes it may contain commas or an @, but not both.
    """
    match = _MAILBOX.fullmatch(value)
    name, address = match.group("name", "address") if match else ("", value)
    if name.startswith('"'):
        name = re.sub(r"\\(.)", r"\1", name[1:-1], flags=re.DOTALL)
    return Mailbox(one_line(name), validate_address(address))


def validate_mailbox(value: str) -> str:
    """The value, if it is one address, with or without a name (`Reports <reports@example.com>`)."""
    parse_mailbox(value)
    return value


def mailbox_address(value: str) -> str:
    """The address of one mailbox, without its name; else ValueError."""
    return parse_mailbox(value).address


def validate_link(value: str) -> str:
    """The value, if it is empty or a mailto or https link, possibly with `{seller}`.

    Otherwise ValueError, also if the link is too long for one line of a header.
    """
    link = value.strip()
    longest_link = link.replace("{seller}", "s" * MAX_SELLER_ID)
    if link and not _LINK.fullmatch(longest_link):
        raise ValueError(f"expected mailto:… or https://…, found {value!r}")
    if len(longest_link) > MAX_LINK:
        raise ValueError(
            f"expected at most {MAX_LINK} characters with a seller's id, found {len(longest_link)}"
        )
    return link


def mailto_link(address: str) -> str:
    """A link that begins a message to an address; empty if it is not one that SMTP can transport.

    Characters that end the address or begin a header in a link are escaped (RFC 6068).
    """
    try:
        validate_address(address)
    except ValueError:
        return ""
    return f"mailto:{quote(address, safe='@!$*+-._~')}"


def validate_file_link(value: str) -> str:
    """The value, if it is an https link with `{path}`; otherwise ValueError."""
    if not re.fullmatch(r"https://[!-~]+", value) or "{path}" not in value:
        raise ValueError(f"expected https://…{{path}}, found {value!r}")
    return value


def validate_ledger(ledger: str) -> str:
    """A folder or an address; ValueError for an address with one slash, which would be a folder."""
    if re.match(r"[a-z][a-z0-9+.-]+:/(?!/)", ledger):
        raise ValueError(
            f"expected a folder or an address such as s3://bucket/ledger, found {ledger!r}"
        )
    return ledger


def validate_database(database: str) -> str:
    """The valid URL of a database, or empty; ValueError otherwise, without the URL's password."""
    if database and not database.startswith(("sqlite:///", POSTGRESQL, WITHOUT_DRIVER)):
        raise ValueError("expected sqlite:///file.db or postgresql+psycopg://user@host/name")
    return database


def validate_executor(executor: str) -> str:
    """`local`, or the address of a Dask scheduler; ValueError for anything else."""
    if executor != "local" and not executor.startswith(("dask://", "tls://")):
        raise ValueError(
            f'expected "local", tls://host:port or dask://host:port, found {executor!r}'
        )
    return executor


def ledger_address(ledger: str, base: Path, home: Path) -> str:
    """The path of the ledger's folder (relative to `base`; empty: in `home`), or its `s3://…`."""
    if ledger.startswith("file://"):
        ledger = unquote(urlsplit(ledger).path)
    return ledger if "://" in ledger else str(base / (ledger or home / "ledger"))


def database_address(database: str, base: Path, home: Path) -> str:
    """The URL of the database; a relative SQLite file is relative to `base`, empty: in `home`.

    Folders are percent-encoded, since their names may contain `?` or `%`. The driver of
    PostgreSQL is psycopg, which `postgresql://` does not name.
    """
    if not database:
        return f"sqlite:///{quote(str(home / 'smartinst.db'))}"
    if database.startswith("sqlite:///") and not database.startswith("sqlite:////"):
        return f"sqlite:///{quote(str(base))}/{database.removeprefix('sqlite:///')}"
    if database.startswith(WITHOUT_DRIVER):
        return POSTGRESQL + database.removeprefix(WITHOUT_DRIVER)
    return database
