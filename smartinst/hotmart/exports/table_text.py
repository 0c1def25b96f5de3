"""Text of delimited files in the encodings that the platform and spreadsheet programs write.

Lines are decoded one after the other, which limits memory.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper
from typing import Final

HEAD_LINES: Final = 25
"""Lines in which the header of a table is looked for, after titles and a `sep=` line."""
_HEAD_BYTES: Final = 1 << 18
_SAMPLE_BYTES: Final = 1 << 20
_ASCII: Final = bytes(range(128))
DELIMITERS: Final = ";,\t"


def table_encoding(body: bytes) -> str:
    """The encoding of a table: UTF-16 by its mark, else UTF-8, else cp1252.

    A text with some broken characters is UTF-8 if most of its other characters beyond ASCII are
    valid, so that only the broken rows are refused.
    """
    if is_utf16(body):
        return "utf-16"
    sample = body.translate(None, _ASCII)[:_SAMPLE_BYTES].decode("utf-8", "surrogateescape")
    broken_count = sum("\udc80" <= char <= "\udcff" for char in sample)
    return "cp1252" if 2 * broken_count > len(sample) else "utf-8-sig"


def is_utf16(body: bytes) -> bool:
    """Whether a body begins with a byte order mark of UTF-16."""
    return body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def table_lines(body: bytes, encoding: str) -> Iterator[str]:
    """The lines of a table with their ends: LF or CRLF, or CR if the file has no LF.

    Bytes that are not valid in the encoding become lone surrogates.
    """
    newline = "\n" if _contains_line_feed(body, encoding) else "\r"
    errors = "replace" if encoding == "utf-16" else "surrogateescape"
    return TextIOWrapper(BytesIO(body), encoding=encoding, errors=errors, newline=newline)


def head_lines(body: bytes, encoding: str) -> list[str]:
    """The first lines of a table, in which its header must be."""
    lines = table_lines(body[:_HEAD_BYTES], encoding)
    return [line for line, _ in zip(lines, range(HEAD_LINES), strict=False)]


def declared_delimiter(line: str) -> str | None:
    """The delimiter that a line such as `sep=;` declares for Excel; None for any other line."""
    text = line.strip('\ufeff\r\n "')
    if text[:4].casefold() != "sep=":
        return None
    return "\t" if text[4:] in ("\\t", "\t") else text[4:5] or None


def guess_delimiter(line: str) -> str:
    """The most frequent delimiter of a line, not counting those in paired quotes."""
    parts = line.split('"')
    unquoted = "".join(parts[::2]) if len(parts) % 2 else line
    return max(DELIMITERS, key=unquoted.count)


def split_line(line: str, delimiter: str) -> list[str]:
    """The cells of one line; empty if it is not CSV."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []


def _contains_line_feed(body: bytes, encoding: str) -> bool:
    return "\n" in body[:_HEAD_BYTES].decode(encoding, "replace")
