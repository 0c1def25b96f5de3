"""Header fields that are encoded and folded here instead of by the e-mail library.

Its folding removes the quotes of a long display name (CPython issue 80222), and turns a long link
or Content-ID into encoded words, which mail programs do not decode there.
"""

from __future__ import annotations

import re
from email.header import Header
from email.policy import Policy
from typing import Final

from smartinst.addresses import Mailbox, encode_domain, one_line

MAX_LINE: Final = 998
"""Characters of a header line without its CRLF (RFC 5322 §2.1.1)."""
ENCODED_LINE: Final = 76
"""Characters of a line with an encoded word (RFC 2047 §2)."""
_SAFE_NAME: Final = re.compile(r"[A-Za-z0-9 &'+/_-]{1,60}")
_SAFE_TEXT: Final = re.compile(r"(?!.*=\?)[ -~]{1,60}")
_TOKEN: Final = re.compile(r"[!-~]+")


class EncodedHeader(str):
    """The body of a header field as it is written: ASCII, with its own line breaks."""

    name: str
    defects: tuple[()] = ()

    def __new__(cls, name: str, body: str) -> EncodedHeader:
        """A header field; its body is kept unchanged."""
        header = super().__new__(cls, body)
        header.name = name
        return header

    def fold(self, *, policy: Policy) -> str:  # noqa: ARG002 - the library's interface
        """The whole field with its final line break."""
        return f"{self.name}: {self}\r\n"


def mailbox_header(name: str, mailbox: Mailbox) -> EncodedHeader:
    """A field with exactly one address; a display name is encoded unless it is plain (RFC 2047).

    UnicodeError if the domain cannot be written in ASCII.
    """
    address = encode_domain(mailbox.address)
    display_name = one_line(mailbox.name)
    if not display_name:
        return EncodedHeader(name, address)
    if _SAFE_NAME.fullmatch(display_name):
        return EncodedHeader(name, f"{display_name} <{address}>")
    return EncodedHeader(name, f"{_encoded_words(name, display_name)}\r\n <{address}>")


def text_header(name: str, text: str) -> EncodedHeader:
    """A field with a text, which is encoded unless it is short and plain."""
    line = one_line(text)
    return EncodedHeader(name, line if _SAFE_TEXT.fullmatch(line) else _encoded_words(name, line))


def token_header(name: str, token: str) -> EncodedHeader:
    """A field with an identifier or a link, on one line and never encoded.

    ValueError if it has blanks, control characters or non-ASCII characters, or is too long.
    """
    if not _TOKEN.fullmatch(token) or len(name) + 2 + len(token) > MAX_LINE:
        raise ValueError(f"{name}: expected at most {MAX_LINE} ASCII characters, found {token!r}")
    return EncodedHeader(name, token)


def _encoded_words(name: str, text: str) -> str:
    header = Header(text, "utf-8", maxlinelen=ENCODED_LINE, header_name=name)
    return header.encode(linesep="\r\n")
